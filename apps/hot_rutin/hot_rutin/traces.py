"""Traces that the framework leaves of what it handles: kept, but without a case's content."""

import re
import secrets
from email import message_from_string, policy
from urllib.parse import unquote

import frappe
from bs4 import BeautifulSoup
from frappe import _
from frappe.core.doctype.access_log.access_log import AccessLog
from frappe.core.doctype.deleted_document.deleted_document import DeletedDocument
from frappe.desk.notifications import extract_mentions
from frappe.model import no_value_fields
from frappe.model.naming import is_autoincremented
from frappe.utils import get_fullname, markdown
from frappe.utils.html_utils import sanitize_html

from hot_rutin.access.conditions import may_read
from hot_rutin.access.policy import OWN_MODULE, PARENTS, READERS, REGISTERS
from hot_rutin.people import signature

# What is no text, or is shown as the code that it is.
UNFILTERED = (*no_value_fields, "Code", "HTML Editor", "JSON", "Markdown Editor", "Password")
# What a browser still counts exactly.
LARGEST_NUMBER = 2**53 - 1
# What a comment is written with.
SAID_WITH = {
	*("a", "b", "blockquote", "br", "code", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "i", "li", "ol"),
	*("hr", "p", "pre", "s", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "u", "ul"),
}
# A mention, a list and a link. By other attributes the desk's own functions are called.
SAID_BESIDE = {
	"data-denotation-char",
	"data-id",
	"data-is-group",
	"data-link",
	"data-list",
	"data-value",
	"href",
}
LINK = re.compile(r"https?://|mailto:|tel:|/(?!/)|#", re.IGNORECASE)
# Any other class could have it cover the page.
SAID_LIKE = {"mention", "ql-editor", "ql-mention-denotation-char", "read-mode"}


def name_by_chance(doc, _method=None) -> None:
	"""`before_insert` hook of every DocType: give a random number to what Frappe would number one after the other.

	Two numbers of one's own would tell how much has happened between them: how often cases were saved, or how many mails left.
	"""
	if is_autoincremented(doc.doctype, doc.meta):
		doc.name = secrets.randbelow(LARGEST_NUMBER) + 1
		doc.flags.name_set = True


def keep_error_without_content(error_log, _method=None) -> None:
	"""`Error Log` hook: keep where an error happened, not the values it handled, which may be a case's."""
	error = error_log.error or ""
	error_log.error = without_values(error)
	# Frappe takes what an exception says for the title, and that is what the traceback ends with.
	if error != error_log.error and (error_log.method or "")[:60] in error:
		error_log.method = error_log.error.splitlines()[-1]


def keep_job_error_without_content(job_log, _method=None) -> None:
	"""`Scheduled Job Log` hook: the same of a job that failed. (Frappe sets `details` past all other hooks.)"""
	details = without_values(job_log.details or "")
	if details != (job_log.details or ""):
		frappe.db.set_value(job_log.doctype, job_log.name, "details", details, update_modified=False)


def without_values(error: str) -> str:
	"""Return a traceback without source lines, variables and what the exception says; other text as it is."""
	if "Traceback" not in error:
		return error
	lines = error.strip().splitlines()
	where = [
		number for number, line in enumerate(lines) if line.startswith(("Traceback", "  File ", "During"))
	]
	# What comes next without indentation names the exception, and then tells what it says, in one line or more.
	named = next((line for line in lines[where[-1] + 1 :] if not line.startswith(" ")), "")
	return "\n".join([*(lines[number] for number in where), re.match(r"[\w.]*", named)[0]])


class DeletedWithoutContent(DeletedDocument):
	"""Keep that a comment or file of a case was deleted, not what it said. (Frappe inserts this one past all hooks.)"""

	def db_insert(self, *args, **kwargs):
		data = frappe.parse_json(self.data) or {}
		referred = {
			data.get(field)
			for field in ("reference_doctype", "attached_to_doctype", "reference_type", "ref_doctype")
		}
		if {*referred, self.deleted_doctype}.intersection((*READERS, *PARENTS, *REGISTERS)):
			self.data = "{}"
		super().db_insert(*args, **kwargs)


class PrintedWithoutContent(AccessLog):
	"""Keep who printed or exported what, not what stood there: a report may list cases. (Frappe inserts this past all hooks.)"""

	def db_insert(self, *args, **kwargs):
		self.page = self.filters = self.columns = None
		for field in self.meta.get("fields", {"fieldtype": ("not in", no_value_fields)}):
			value = self.get(field.fieldname)
			if isinstance(value, str):
				# Whoever asks says what has been printed, and a list draws it as it is.
				self.set(field.fieldname, re.sub("[<>]", "", value))
		super().db_insert(*args, **kwargs)


def keep_markup_out_of_json(doc, _method=None) -> None:
	"""`before_validate` hook of every DocType: take out the signs of HTML from texts that look like JSON.

	Frappe filters all others. A guest's name that cannot sign in is such a text, and a list of the log draws it.
	"""
	if frappe.flags.in_install or frappe.flags.in_migrate:
		return
	if doc.doctype == "Comment" or doc.meta.module == OWN_MODULE:
		return  # refused in registers and settings (`accounts`), shown as text in cases (`markup`)
	for field in doc.meta.get("fields", {"fieldtype": ("not in", UNFILTERED)}):
		value = doc.get(field.fieldname)
		if isinstance(value, str) and "<" in value and value.strip()[:1] in ("[", "{", '"'):
			doc.set(field.fieldname, re.sub("[<>]", "", value))


def keep_what_people_changed(version, _method=None) -> None:
	"""`Version` hook: a case's timeline tells what people wrote, not what follows from it in the checklist."""
	if version.ref_doctype not in READERS:
		return
	data = frappe.parse_json(version.data) or {}
	derived = (
		"next_action",
		"next_due",
		"police_report_owed",
		"police_contacted",
		"police_decision",
		"due_on",
		"replan",
	)
	data["changed"] = [change for change in data.get("changed", []) if change[0] not in derived]
	data["row_changed"] = [change for change in data.get("row_changed", []) if change[0] != "steps"]
	version.data = frappe.as_json(data, indent=None)


def mention_readers_only(comment, _method=None) -> None:
	"""`Comment` hook: whoever is mentioned is told, so only those who may read the case can be.

	Raises `frappe.ValidationError`.
	"""
	if comment.reference_doctype not in READERS:
		return
	# Who says so comes with the request; it would stand in what the exposed person takes home.
	comment.comment_by, comment.comment_email = signature(), frappe.session.user
	for user in extract_mentions(comment.content or ""):
		if not may_read(comment.reference_doctype, comment.reference_name, user):
			frappe.throw(
				_("{0} has no access to this case and cannot be mentioned in it.").format(get_fullname(user))
			)


def keep_comment_plain(comment, _method=None) -> None:
	"""`Comment` hook: what somebody says is text, with mentions and links, and loads nothing in its readers' browsers.

	Raises `frappe.ValidationError` for anything else.
	"""
	if comment.comment_type != "Comment" and comment.is_new():
		return  # the framework's own
	# The dot: what looks like JSON, Frappe's filter lets through as it is.
	said = BeautifulSoup(sanitize_html(f".{comment.content or ''}").removeprefix("."), "html.parser")
	# The desk takes it for Markdown, which has pictures too.
	shown = BeautifulSoup(markdown(str(said)) or "", "html.parser")
	elements = [*said.find_all(True), *shown.find_all(True)]
	if {element.name for element in elements} - SAID_WITH:
		frappe.throw(_("A comment holds text only. Attach pictures and files to the case instead."))
	if not all(map(_is_plain_link, (element["href"] for element in elements if element.get("href")))):
		frappe.throw(_("A link in a comment is a plain address, without signs that a page could run."))
	for element in said.find_all(True):
		element.attrs = {
			key: value
			for key, value in element.attrs.items()
			if key in SAID_BESIDE or (key == "class" and {*value} <= SAID_LIKE)
		}
	comment.content = str(said)


def _is_plain_link(address: str) -> bool:
	"""Return whether an address is one that the desk draws as it is: parts of its own it takes for markup."""
	plain = unquote(unquote(unquote(address)))
	return bool(LINK.match(plain)) and not set(plain) & set("<>\"'`\\")


def notify_without_content(notification, _method=None) -> None:
	"""`Notification Log` hook: it also leaves as an e-mail, and that carries a case's code only."""
	notification.email_content = None
	if notification.document_type in READERS:
		notification.subject = _("You are mentioned in {0}", lang="sv").format(notification.document_name)


def send_no_file_of_the_server(mail, _method=None) -> None:
	"""`Email Queue` hook: take out what the framework has put into a mail because its text named a file on the server.

	It does so for any path, in any mail of its own.
	"""
	if "Content-ID" not in (mail.message or ""):
		return
	message = message_from_string(mail.message, policy=policy.default)
	for part in message.walk():
		if part.is_multipart():
			part.set_payload([inner for inner in part.get_payload() if not inner["Content-ID"]])
	mail.message = message.as_string()
