"""Code and templates that the desk itself can be told to run: they read the whole database, past every rule here.

They come with a deploy, where somebody reviews them, and not from a form in the desk, whoever fills it in.
"""

import frappe
from frappe import _

from hot_rutin.access import LOGS, PARENTS, READERS, REGISTERS, ROLES

# DocTypes whose rows are run: scripts, SQL, Jinja (which reaches the database), calls to other systems, and copies of the
# whole database there.
RUN = (
	"Address Template",
	"Auto Email Report",
	"Auto Repeat",
	"Client Script",
	"Custom HTML Block",
	"DocType",
	"Dropbox Settings",
	"Email Template",
	"Google Drive",
	"Letter Head",
	"Newsletter",
	"Notification",
	"Package Import",
	"Print Format",
	"Report",
	"S3 Backup Settings",
	"Server Script",
	"System Console",
	"Web Form",
	"Web Page",
	"Web Template",
	"Webhook",
	"Website Script",
)
# ... and those that change what a DocType of ours is.
CUSTOMIZATIONS = {
	"Custom DocPerm": "parent",
	"Custom Field": "dt",
	"Dashboard Chart": "document_type",
	"DocType Layout": "document_type",
	"Property Setter": "doc_type",
	"Workflow": "document_type",
}

# What a case can hold by a link. Frappe refuses to delete a value in use and names the case that has it.
KEPT = (
	"Age Group",
	"Elected Representative",
	"Incident Category",
	"Incident Channel",
	"Incident Consequence",
	"Incident Perpetrator",
	"Incident Place",
	"Political Party",
	"Representative Gender",
	"Role",
	"Routine Step",
	"User",
	"Workflow State",
)


def refuse_in_the_desk(doc, _method=None) -> None:
	"""`validate` hook: raise `frappe.PermissionError` where a web request makes or changes `doc`."""
	if not frappe.request or frappe.flags.in_install or frappe.flags.in_migrate:
		return
	if doc.doctype in CUSTOMIZATIONS:
		if doc.get(CUSTOMIZATIONS[doc.doctype]) not in {*READERS, *PARENTS, *REGISTERS, *LOGS}:
			return
	elif doc.doctype == "Report" and doc.report_type in ("Report Builder", "Custom Report"):
		return  # a list with its own columns: the rules of its DocType hold
	frappe.throw(
		_("This is changed with a new version of the system, not in the desk."),
		frappe.PermissionError,
		title=_("Not Changed Here"),
	)


def keep_role(role, _method, old: str, new: str, merge: bool = False) -> None:
	"""`Role` hook: raise `frappe.PermissionError` where a rename would make one of our roles of another, or the reverse.

	Everybody who holds the one would hold the other, and no user's record would tell.
	"""
	if {old, new}.intersection(ROLES):
		frappe.throw(
			_("This is changed with a new version of the system, not in the desk."), frappe.PermissionError
		)


def keep_what_cases_hold(doc, _method=None) -> None:
	"""`on_trash` hook: raise `frappe.PermissionError`, used or not: the difference would tell that some case has it.

	Also in a job, which deletes when many are chosen at once.
	"""
	if frappe.flags.in_install or frappe.flags.in_migrate or frappe.flags.in_uninstall:
		return
	frappe.throw(
		_("This is not deleted, since cases may hold it. Switch it off instead."),
		frappe.PermissionError,
		title=_("Not Deleted"),
	)
