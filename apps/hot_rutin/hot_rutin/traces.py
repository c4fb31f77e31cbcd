"""Traces that the framework leaves of what it handles: kept, but without a case's content."""

import frappe
from frappe import _
from frappe.core.doctype.deleted_document.deleted_document import DeletedDocument
from frappe.desk.notifications import extract_mentions
from frappe.utils import get_fullname

from hot_rutin.access import PARENTS, READERS, REGISTERS, may_read


def keep_error_without_content(error_log, _method=None) -> None:
	"""`Error Log` hook: keep where an error happened, not the values it handled, which may be a case's."""
	lines = [
		line
		for line in (error_log.error or "").splitlines()
		if line.startswith(("Traceback", "  File ", "During"))
	]
	last = (error_log.error or "").strip().splitlines()[-1:] or [""]
	kind = last[0].split(":", 1)[0] if "Traceback" in (error_log.error or "") else last[0][:140]
	if "Traceback" in (error_log.error or ""):
		error_log.error = "\n".join([*lines, kind])


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
	for user in extract_mentions(comment.content or ""):
		if not may_read(comment.reference_doctype, comment.reference_name, user):
			frappe.throw(
				_("{0} has no access to this case and cannot be mentioned in it.").format(get_fullname(user))
			)


def notify_without_content(notification, _method=None) -> None:
	"""`Notification Log` hook: it also leaves as an e-mail, and that carries a case's code only."""
	if notification.document_type in READERS:
		notification.subject = _("You are mentioned in {0}", lang="sv").format(notification.document_name)
		notification.email_content = None
