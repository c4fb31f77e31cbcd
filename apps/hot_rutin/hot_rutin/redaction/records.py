"""What the framework records of all that it handles is kept without a case's content: errors, deletions, prints, mails."""

import re
import secrets
from email import message_from_string, policy

import frappe
from frappe import _
from frappe.core.doctype.access_log.access_log import AccessLog
from frappe.core.doctype.deleted_document.deleted_document import DeletedDocument
from frappe.model import no_value_fields
from frappe.model.naming import is_autoincremented

from hot_rutin.access.policy import PARENTS, READERS, REGISTERS

# What a browser still counts exactly.
LARGEST_NUMBER = 2**53 - 1


def assign_random_name(doc, _method=None) -> None:
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
