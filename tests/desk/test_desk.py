"""Whatever somebody opens in the desk is answered: the door refuses what the routine does not use, and nothing that it does.

Each role goes, in a real browser, everywhere that its menus lead. The door's table (endpoints.yaml) is tried from the other side
by the attack tests.
"""

import json

import pytest
from desk import DESKTOP, FORM_SHOWN, Screen
from hot_rutin.access.policy import LOGS, READERS, REGISTERS, REPORTS, SETTINGS
from world import new_session

# Who opens the desk -> what they find there, at the least.
PEOPLE = {
	"Fina Fyrvakt": {"Incident", "Police Report", "Follow-up", "Elected Representative", "Overdue Steps"},
	"Stina Strateg": {"Incident", "Police Report", "Follow-up", "Access Change", "Routine Compliance"},
	"Kim Kommunchef": {"Police Report", "Police Reports"},
	"Folke Fyrlund": {"Incident", "Follow-up", "Incident Access Log"},
	"Chris Chef": {"Incident Statistics"},
	"Rut Rutin": {"Political Party", "Step Reminder"},
	"Gun Granskare": {"Incident Access Log", "Access Log"},
	"Sam System": {"User", "Role", "Email Account"},
}
# What whoever keeps accounts opens besides.
ACCOUNTS = ("User", "Role", "Role Profile", "Email Account", "Data Import")
CAN = "doctypes => doctypes.filter(doctype => frappe.boot.user.can_read.includes(doctype))"
FIRST = "() => cur_list.data.length ? cur_list.data[0].name : null"


@pytest.fixture(params=PEOPLE)
def screen(browser, stack, request):
	accounts = json.loads((stack.sites / stack.site / "demo_accounts.json").read_text())
	account = next(one for one in accounts if one["name"] == request.param)
	screen = Screen(browser, stack.url, DESKTOP)
	screen.refused, screen.expected = [], PEOPLE[request.param]

	def note(answer):
		# Another server's, where there is one: stable version 15 looks for it.
		if answer.status >= 400 and "/socket.io/" not in answer.url:
			screen.refused.append(
				f"{answer.status} {answer.url.partition('?')[0]} {answer.request.post_data}"
			)

	screen.page.on("response", note)
	yield screen.enter(new_session(stack, account["user"]))
	screen.close()


def readable(screen, *doctypes):
	return screen.page.evaluate(CAN, doctypes)


def test_whatever_somebody_opens_in_the_desk_is_answered(screen):
	page = screen.page
	screen.home()
	look_around(screen)
	accounts = ACCOUNTS if page.evaluate("frappe.user.has_role('System Manager')") else ()
	opened = set()
	for doctype in readable(screen, *READERS, *REGISTERS, *LOGS, *accounts):
		screen.go("List", doctype, "List")
		page.wait_for_function("doctype => cur_list?.doctype === doctype && cur_list.data", arg=doctype)
		screen.rest()
		name = page.evaluate(FIRST)
		if name:
			opened.add(doctype)
			page.locator(".list-row-checkbox:visible").first.check()  # the menu of what is done to many
			screen.rest()
			screen.go("Form", doctype, name)
			page.wait_for_function(FORM_SHOWN, arg=[doctype, name])
			screen.rest()
			attach_and_mention(screen)
		if name and doctype in READERS:
			screen.go("print", doctype, name)
			page.wait_for_selector(".print-format-container iframe, .print-preview")
			screen.rest()
	for doctype in readable(screen, *SETTINGS, "System Settings"):
		screen.go("Form", doctype, doctype)
	for report in page.evaluate("Object.keys(frappe.boot.user.all_reports)"):
		if report in REPORTS:
			opened.add(report)
			open_report(screen, report)
	user = page.evaluate("frappe.session.user")
	screen.go("Form", "User", user)
	screen.go("Form", "Notification Settings", user)
	assert screen.refused == []
	assert screen.expected <= opened


def look_around(screen):
	"""The bell, the search bar and what stands in the menu of one's account."""
	page = screen.page
	page.evaluate("$('.dropdown-notifications').addClass('show').find('.notifications-icon').click()")
	for tab in page.locator(".notifications-category").all():
		tab.evaluate("tab => tab.click()")
		screen.rest()
	page.keyboard.press("Escape")
	if page.locator("#navbar-search").is_visible():
		page.locator("#navbar-search").fill("hot")
		page.evaluate("new frappe.search.SearchDialog().init_search('hot', 'global_search')")
	screen.rest()
	page.evaluate("frappe.ui.misc.about()")
	screen.rest()
	close_dialogs(screen)


def close_dialogs(screen):
	# One that is still on its way cannot be told to go.
	screen.page.wait_for_function(
		"() => { $('.modal.show').modal('hide'); return !document.querySelector('.modal.show, .modal-backdrop') }"
	)


def attach_and_mention(screen):
	page = screen.page
	if page.locator(".add-attachment-btn:visible").count():
		page.locator(".add-attachment-btn:visible").first.click()
		page.wait_for_selector(".modal.show .file-uploader")
		screen.rest()
		close_dialogs(screen)
	comment = page.locator(".comment-input-container .ql-editor:visible")
	if comment.count():
		comment.first.press_sequentially("@St")
		screen.rest()


def open_report(screen, report):
	page = screen.page
	screen.go("query-report", report)
	page.wait_for_function("report => frappe.query_report?.report_name === report", arg=report)
	screen.rest()
