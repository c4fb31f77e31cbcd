"""The one door to the cases: every request passes here before the framework acts on it.

The framework has some hundreds of methods that take a DocType or a name, and checks in each its own way. So the
routine's documents are denied by default: a request that names one of our DocTypes must use a channel that is known to
hold the permissions (`CHANNELS`), and a request that names a case must come from somebody who may read that case. The
refusal is the same whether the case exists or not.

Here, too, reading is logged: before the framework answers, so that the row stands even if the answer fails.
"""

import json
import re
from urllib.parse import unquote

import frappe
from frappe import _

from hot_rutin import access_log
from hot_rutin.access import LOGS, PARENTS, READERS, REGISTERS, may_read

CODE = "[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}"
NAME = re.compile(rf"\A(?:H-{CODE}|U-{CODE}|P-{CODE}(?:-\d+)?)\Z", re.IGNORECASE)
DOCUMENT_OF = {"H": "Incident", "P": "Police Report", "U": "Follow-up"}

# Methods that hold row conditions or the check of a document, each tried by the attack tests.
CHANNELS = {
	# one document
	"frappe.desk.form.load.getdoc",
	"frappe.desk.form.load.get_docinfo",
	"frappe.desk.form.load.getdoctype",
	"frappe.desk.form.load.get_user_info_for_viewers",
	"frappe.desk.form.save.savedocs",
	"frappe.desk.form.utils.add_comment",
	"frappe.desk.form.utils.get_next",
	"frappe.client.get",
	"frappe.client.insert",
	"frappe.client.save",
	"frappe.client.set_value",
	"frappe.client.has_permission",
	"frappe.client.get_doc_permissions",
	"frappe.model.workflow.apply_workflow",
	"frappe.model.workflow.get_transitions",
	"frappe.model.workflow.can_cancel_document",
	"upload_file",
	"frappe.desk.form.utils.remove_attach",
	"frappe.www.printview.get_html_and_style",
	"frappe.www.printview.get_print_settings_to_show",
	"frappe.utils.print_format.download_pdf",
	# lists
	"frappe.desk.reportview.get",
	"frappe.desk.reportview.get_list",
	"frappe.desk.reportview.get_count",
	"frappe.client.get_list",
	"frappe.client.get_value",
	"hot_rutin.closings.get_count",
	"hot_rutin.closings.validate_link",
	"hot_rutin.closings.get_link_title",
	"frappe.desk.search.search_link",
	"frappe.desk.search.search_widget",
	"frappe.desk.doctype.number_card.number_card.get_result",
	"frappe.desk.doctype.number_card.number_card.get_percentage_difference",
	"frappe.desk.notifications.get_open_count",
	# how a person likes a list to look: names of fields and filters, their own
	"frappe.desk.listview.get_list_settings",
	"frappe.model.utils.user_settings.get",
	"frappe.model.utils.user_settings.save",
}
# Methods that take a whole document, which carries the DocTypes of its rows.
WHOLE_DOCUMENT = {
	"frappe.desk.form.save.savedocs",
	"frappe.client.insert",
	"frappe.client.save",
	"frappe.model.workflow.apply_workflow",
	"frappe.model.workflow.get_transitions",
}
# Lists of documents may be filtered by their rows; the condition is the document's.
LISTS = {"frappe.desk.reportview.get", "frappe.desk.reportview.get_count", "frappe.client.get_list"}

OURS = {doctype.casefold(): doctype for doctype in (*READERS, *PARENTS, *REGISTERS, *LOGS)}
ROWS = {doctype.casefold() for doctype in PARENTS}


def check_request() -> None:
	"""`auth_hooks`: refuse what goes another way than `CHANNELS`, or to a case that is not the person's. Log the reading.

	Raises `frappe.PermissionError`, in the same words for a case that does not exist.
	"""
	request = Request()
	if request.is_page:
		return
	named_doctypes = {OURS[word] for word in request.words if word in OURS}
	if named_doctypes and not request.is_known_channel(named_doctypes):
		# Said without a look at any case, so it is the same for all.
		frappe.throw(_("This function is not used for cases."), frappe.PermissionError, title=_("Not Used Here"))
	# A client may ask that user permissions and search limits be passed over. Not here.
	if named_doctypes:
		frappe.form_dict.pop("ignore_user_permissions", None)
	names = {word.upper() for word in request.words if NAME.match(word)} | request.case_of_file()
	if request.concerns("Disqualification", "Incident Access Log"):
		return  # these hold the code of a case that their reader may not open, and their own rules
	readable = {name for name in names if may_read(DOCUMENT_OF[name[0]], name)}
	# A police report names its case, which the director may not open: one readable document of a case is enough to
	# pass here. What the framework then opens is checked again.
	if {access_log.case_of(name) for name in names} - {access_log.case_of(name) for name in readable}:
		refuse()
	access_log.record(readable, request.way)


def refuse() -> None:
	"""Raise the one refusal that tells nothing."""
	frappe.throw(
		_("You have no access to this case, or not any more. Nothing was saved."),
		frappe.PermissionError,
		title=_("No Access"),
	)


def log_answer(response=None, request=None) -> None:
	"""`after_request` hook: log the cases that a list has shown."""
	if not response or not request or response.status_code != 200 or not response.is_json:
		return
	seen = Request()
	if not seen.is_list:
		return
	found = re.findall(rf"\"((?:H|P|U)-{CODE}(?:-\d+)?)\"", response.get_data(as_text=True))
	access_log.record(
		{name for name in found if may_read(DOCUMENT_OF[name[0]], name)}, "List"
	)


class Request:
	"""What a request asks for: its method or resource, and every word that could name something."""

	def __init__(self):
		self.path = unquote(frappe.request.path).strip("/")
		self.parts = self.path.split("/")
		self.method = self._method()
		self.resource = self._resource()
		self.words = set(self._words([self.parts, frappe.form_dict]))

	@property
	def is_page(self) -> bool:
		"""The desk's shell, a login page, an asset: nothing of a case is in them."""
		return not self.method and self.parts[0] in ("", "app", "login", "assets", "website_script.js", "favicon.ico")

	@property
	def is_list(self) -> bool:
		"""Whether the answer is a list of documents."""
		return self.method in LISTS | {"frappe.desk.search.search_link", "frappe.client.get_value"} or (
			self.resource is not None and len(self.parts) == 3
		)

	@property
	def way(self) -> str:
		"""How a case is read, in a word for the log."""
		if self.parts[0] == "private":
			return "File"
		if "print" in (self.method or self.path):
			return "Print"
		if self.method and ("getdoc" in self.method or "savedocs" in self.method or "workflow" in self.method):
			return "Form"
		return "List" if self.is_list else "REST"

	def concerns(self, *doctypes: str) -> bool:
		"""Return whether the request is about a document of one of `doctypes` itself."""
		if self.resource:
			return self.resource in doctypes
		body = frappe.form_dict.get("doc") or frappe.form_dict.get("docs")
		if isinstance(body, str):
			body = _parsed(body)
		doctype = (body or {}).get("doctype") if isinstance(body, dict) else frappe.form_dict.get("doctype")
		return doctype in doctypes

	def is_known_channel(self, doctypes: set[str]) -> bool:
		"""Return whether the request reaches `doctypes` by a channel that holds their permissions."""
		rows = {doctype for doctype in doctypes if doctype.casefold() in ROWS}
		if self.resource is not None:
			# A mention in a request for something else (a share, a report, a file's row) is no way in.
			return self.resource in doctypes and self.resource.casefold() not in ROWS
		if self.method in WHOLE_DOCUMENT:
			return self.concerns(*READERS, *REGISTERS)
		if rows and not (self.method in LISTS and self.concerns(*READERS, *REGISTERS)):
			return self.method == "frappe.desk.form.load.getdoctype"
		return self.method in CHANNELS or self.parts[0] == "printview"

	def case_of_file(self) -> set[str]:
		"""Return the name of the document to which a requested private file is attached, if it is a case's."""
		if self.parts[0] != "private":
			return set()
		# get_all: who may read the file is decided by its case, right after this.
		attached = frappe.get_all(
			"File",
			filters={"file_url": "/" + self.path, "attached_to_doctype": ("in", list(READERS))},
			pluck="attached_to_name",
		)
		return set(attached)

	def _method(self):
		called = frappe.form_dict.get("cmd")
		if self.parts[0] == "api" and "method" in self.parts[1:3]:
			called = "/".join(self.parts[self.parts.index("method") + 1 :])
		if not called:
			return None
		# By the name that it is called by: an alias of a method is no known channel.
		return next(iter(frappe.get_hooks("override_whitelisted_methods", {}).get(called, [])), called)

	def _resource(self):
		if self.parts[0] == "api" and not self.method and len(self.parts) > 2:
			named = self.parts[3] if self.parts[1] in ("v1", "v2") and len(self.parts) > 3 else self.parts[2]
			return OURS.get(named.casefold(), named)
		return None

	def _words(self, value):
		if isinstance(value, dict):
			for key, inner in value.items():
				yield from self._words(key)
				yield from self._words(inner)
		elif isinstance(value, list | tuple):
			for inner in value:
				yield from self._words(inner)
		elif isinstance(value, str):
			word = value.strip()
			yield word.casefold()
			yield from (match.casefold() for match in re.findall(r"`tab([^`]+)`", word))
			if word[:1] in ("{", "[", '"'):
				parsed = _parsed(word)
				if parsed != value:
					yield from self._words(parsed)


def _parsed(text):
	try:
		return json.loads(text)
	except ValueError:
		return None
