"""Somebody at a screen: the moves a person makes in Frappe's desk, in the words that a test of the routine uses.

Fields, tabs and tables are found by their field names and buttons by the page's own translation of their English name,
so that a better label breaks no test.
"""

import re
from datetime import datetime, timedelta

from playwright.sync_api import TimeoutError
from world import STOCKHOLM

DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {
	"viewport": {"width": 390, "height": 844},
	"is_mobile": True,
	"has_touch": True,
	"device_scale_factor": 2,
}

# The desk shows a page, has no question to the server on its way, has not frozen the page to wait for an answer, and does not
# scroll. A workspace is drawn a moment after its list has come; whoever has left it by then makes the framework stumble.
AT_REST = """() => window.frappe?.container?.page && frappe.request.ajax_count === 0
	&& !document.querySelector("#freeze.in:not(.grid-form)") && !$(":animated").length
	&& (frappe.container.page.label !== "Workspaces" || frappe.workspace?.editor || frappe.workspace?.all_pages?.length === 0)"""
FORM_SHOWN = """([doctype, name]) => {
	const form = window.frappe?.container?.page?.frm;
	return form && form === cur_frm && form.doctype === doctype && form.doc && form.is_form_builder !== true
		&& (name === null ? form.doc.__islocal : form.doc.name === name && !form.doc.__islocal);
}"""
FORM_LOADED = "([doctype, name]) => cur_frm.doc && locals[doctype]?.[name] === cur_frm.doc"
WIDGETS_FILLED = """() => {
	const numbers = [...document.querySelectorAll(".number-widget-box")];
	return numbers.every(card => card.querySelector(".number")?.innerText.trim())
		&& document.querySelectorAll(".widget").length > 0;
}"""
MODEL_VALUE = (
	"({fieldobj}) => frappe.model.get_value(fieldobj.doctype, fieldobj.docname, fieldobj.df.fieldname)"
)
MESSAGE = ".modal.show .modal-body"


class Refused(AssertionError):
	"""The desk said no, in these words."""


class Screen:
	"""One person, signed in, in a browser of their own."""

	def __init__(self, browser, url, size):
		self.url, self.touches = url, size is PHONE
		self.context = browser.new_context(
			locale="sv-SE", timezone_id="Europe/Stockholm", reduced_motion="reduce", **size
		)
		# What the desk lets glide is there at once.
		self.context.add_init_script(
			"addEventListener('DOMContentLoaded', () => { if (window.jQuery) jQuery.fx.off = true })"
		)
		self.page = self.context.new_page()
		self.page.set_default_timeout(20_000)
		self.errors = []
		self.page.on("pageerror", lambda error: self.errors.append(error.stack or str(error)))

	def close(self):
		self.context.close()

	def sign_in(self, user, password):
		self.page.goto(f"{self.url}/login")
		self.page.locator("#login_email").fill(user)
		self.page.locator("#login_password").fill(password)
		self.page.locator("#login_password").press("Enter")
		self.page.wait_for_url(re.compile("/app"))
		return self.rest()

	def enter(self, session, path="/app"):
		"""Come in with a session that is there already (its id and its token)."""
		self.context.add_cookies([{"name": "sid", "value": session[0], "url": self.url}])
		self.page.goto(f"{self.url}{path}")
		return self.rest()

	def rest(self):
		"""Wait until the desk has nothing more to ask the server."""
		self.page.wait_for_function(AT_REST)
		return self

	def click(self, locator):
		try:
			locator.tap() if self.touches else locator.click()
		except TimeoutError as error:
			shown = self.page.locator(".modal.show").all_inner_texts()
			raise AssertionError(f"Not to be clicked. What lies over it says: {shown}") from error

	# Going places

	def home(self):
		"""The workspace where this person lands, with its cards filled."""
		self.page.goto(f"{self.url}/app")
		self.page.wait_for_selector(".workspace-block, .ce-block .widget")
		self.page.wait_for_function(WIDGETS_FILLED)
		return self.rest()

	def open(self, doctype, name):
		"""Go to a document and load it anew: others have written in it."""
		self._route("Form", doctype, name)
		self.page.wait_for_function(FORM_SHOWN, arg=[doctype, name])
		self.rest()
		# Its own promise may be dropped when something else draws the form anew: what was loaded is waited for instead.
		self.page.evaluate("() => { cur_frm.reload_doc() }")
		self.rest().page.wait_for_function(FORM_LOADED, arg=[doctype, name])
		return self.rest()

	def new(self, doctype):
		self._route("Form", doctype, f"new-{slug(doctype)}")
		self.page.wait_for_function(FORM_SHOWN, arg=[doctype, None])
		return self.rest()

	def go(self, *route):
		"""Go where the desk's own links lead."""
		self._route(*route)
		self.page.wait_for_function("route => frappe.get_route().join() === route.join()", arg=route)
		return self.rest()

	def _route(self, *route):
		# Not its promise, which may be dropped: what is shown is waited for.
		self.page.evaluate("route => { frappe.set_route(route) }", route)

	def tab(self, fieldname):
		link = self.page.locator(f".form-tabs .nav-link[data-fieldname='{fieldname}']:visible")
		self.click(link)
		return self

	# Reading

	@property
	def form(self):
		return self.page.locator(".page-container:visible .form-page")

	@property
	def name(self):
		"""The name of the open document."""
		return self.page.evaluate("cur_frm.doc.name")

	@property
	def state(self):
		return self.page.evaluate("cur_frm.doc.workflow_state")

	@property
	def unsaved(self):
		return self.page.evaluate("!!cur_frm.is_dirty()")

	def stored(self, fieldname):
		"""What the form holds for a field."""
		return self.page.evaluate("fieldname => cur_frm.doc[fieldname]", fieldname)

	def shown(self, fieldname):
		"""What stands in a field on the screen."""
		return self.field(fieldname).locator("input, textarea, select").first.input_value()

	def field(self, fieldname):
		return self.form.locator(f".frappe-control[data-fieldname='{fieldname}']").first

	def english(self):
		"""Labels and tabs on the screen that are as they stand in the DocType's own English."""
		return set(
			self.page.evaluate(
				"""() => {
					const english = new Set(cur_frm.meta.fields.map(field => field.label).filter(Boolean));
					const shown = [...cur_frm.page.wrapper.find(
						".form-tabs .nav-link, .section-head, .control-label, .label-area").filter(":visible")];
					return shown.map(label => label.innerText.trim()).filter(text => english.has(text));
				}"""
			)
		)

	def in_own_language(self, text):
		"""The desk's own word for an English one."""
		return self.page.evaluate("text => __(text)", text)

	def buttons(self):
		"""The workflow buttons in the Actions menu, by their English names."""
		self.rest()
		# The menu was asked for when the form was drawn: an answer to a later question means that it is filled.
		self.page.evaluate("async () => { await frappe.workflow.get_transitions(cur_frm.doc) }")
		self.rest()
		menu = self.page.locator(".page-container:visible .actions-btn-group .menu-item-label")
		english = self.page.evaluate(
			"Object.fromEntries(frappe.get_meta(cur_frm.doctype).__workflow_docs.filter(doc => doc.doctype === 'Workflow')"
			".flatMap(doc => doc.transitions).map(move => [__(move.action), move.action]))"
		)
		# The menu's last entry is the workflow's own help.
		shown = {label.strip() for label in menu.all_text_contents()} - {self.in_own_language("Help")}
		return {english.get(label, label) for label in shown}

	def rows(self, table, *fieldnames):
		"""The rows of a table as they stand on the screen: for each the texts of these columns."""
		rows = self.field(table).locator(".grid-body .grid-row")
		return [
			tuple(row.locator(f"[data-fieldname='{name}']").first.inner_text().strip() for name in fieldnames)
			for row in rows.all()
		]

	# Writing

	def fill(self, **values):
		"""Type, tick and choose in the fields of the form."""
		for fieldname, value in values.items():
			self._write(self.field(fieldname), value)
		return self

	def add_row(self, table, **values):
		"""Add a row to a table and fill it in: its own form opens."""
		grid = self.field(table)
		before = grid.locator(".grid-body .grid-row").count()
		self.click(grid.locator(".grid-add-row"))
		return self._fill_row(grid.locator(".grid-body .grid-row").nth(before), values)

	def edit_row(self, table, number, **values):
		"""Open the form of the row with this number, counted from 0, and fill it in."""
		row = self.field(table).locator(".grid-body .grid-row").nth(number)
		self.click(row.locator(".row-index").first)
		return self._fill_row(row, values)

	def _fill_row(self, row, values):
		opened = row.locator(".form-in-grid")
		opened.wait_for()
		for fieldname, value in values.items():
			self._write(opened.locator(f".frappe-control[data-fieldname='{fieldname}']"), value)
		self.click(row.locator(".grid-collapse-row"))
		opened.wait_for(state="hidden")
		return self.rest()

	def _write(self, control, value):
		box = control.locator("input:visible, textarea:visible, select:visible").first
		kind = control.get_attribute("data-fieldtype")
		if kind == "Check":
			self.rest()  # what was typed before draws the row anew, and a click before that is lost
			box.set_checked(bool(value))
		elif kind == "Select":
			box.select_option(value)
		elif kind == "Link":
			box.fill(value)
			self.click(control.locator(".awesomplete li", has_text=value).first)
		elif kind == "Datetime":
			self._type_time(control, box, value)
		else:
			box.fill(value)
			box.press("Tab")

	def _type_time(self, control, box, value):
		"""Type a time and leave the field; again, if the form has drawn the field anew meanwhile."""
		for _attempt in range(3):
			box.fill(value)
			box.press("Tab")
			self.rest()
			if (control.evaluate(MODEL_VALUE) or "").startswith(value):
				return
		raise AssertionError(f"{value} was typed, but the form holds {control.evaluate(MODEL_VALUE)}")

	def save(self):
		"""Press Save. Raises `Refused` with what the desk says if it is not saved."""
		button = self.page.locator(".page-container:visible .page-actions .primary-action")
		assert button.inner_text().strip() == "Spara"
		with self.page.expect_response(lambda answer: "savedocs" in answer.url) as answer:
			self.click(button)
		return self._accepted(answer.value)

	def press(self, action):
		"""Choose a workflow button in the Actions menu. Raises `Refused` with what the desk says if it does not move."""
		label = self.in_own_language(action)
		menu = self.page.locator(".page-container:visible .actions-btn-group")
		self.click(menu.locator("button"))
		with self.page.expect_response(lambda answer: "apply_workflow" in answer.url) as answer:
			self.click(menu.locator(".menu-item-label", has_text=re.compile(f"^\\s*{re.escape(label)}\\s*$")))
		return self._accepted(answer.value)

	def _accepted(self, answer):
		self.rest()
		if answer.ok:
			return self
		self.page.wait_for_selector(MESSAGE)
		raise Refused(self.page.locator(MESSAGE).inner_text())

	def dismiss(self):
		"""Close the message."""
		self.click(self.page.locator(".modal.show .btn-modal-close"))
		self.page.wait_for_selector(MESSAGE, state="hidden")
		return self

	def picture(self, file):
		"""A picture of the screen, from the top of the page and without passing notices."""
		self.rest()
		self.page.evaluate(
			"() => { window.scrollTo(0, 0); document.activeElement?.blur(); $('.desk-alert').remove(); }"
		)
		self.page.screenshot(path=file, animations="disabled", caret="hide")


def slug(doctype):
	return doctype.lower().replace(" ", "-")


def typed(**ago):
	"""A time as people type it in the desk; typed(hours=2) is two hours ago."""
	return f"{datetime.now(STOCKHOLM) - timedelta(**ago):%Y-%m-%d %H:%M}"
