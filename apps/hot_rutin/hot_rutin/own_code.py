"""What the desk itself can be told to run, to send or to let in: it reaches the whole database, past every rule here.

It comes with a deploy, or from whoever operates the server, and not from a form in the desk, whoever fills it in.
"""

import frappe
from frappe import _
from rq import get_current_job

from hot_rutin.access import ROLES

# DocTypes whose rows run on the server: scripts, SQL, names of functions, and conditions, templates and fields that reach the
# database.
ON_THE_SERVER = (
	"Address Template",
	"Assignment Rule",
	"Auto Email Report",
	"Auto Repeat",
	"Bulk Update",
	"Custom DocPerm",
	"Custom Field",
	"Customize Form",
	"Data Import",
	"DocType",
	"DocType Layout",
	"Document Naming Rule",
	"Email Account",
	"Email Template",
	"Energy Point Rule",
	"Kanban Board",
	"Letter Head",
	"Milestone Tracker",
	"Newsletter",
	"Notification",
	"Package Import",
	"Prepared Report",
	"Print Format",
	"Print Format Field Template",
	"Property Setter",
	"Report",
	"Scheduled Job Type",
	"Server Script",
	"System Console",
	"Web Page",
	"Web Template",
	"Workflow",
)
# ... or in the browser of whoever opens a page, with what that person may read.
IN_BROWSERS = (
	"Client Script",
	"Custom HTML Block",
	"Dashboard Chart",
	"Form Tour",
	"Navbar Settings",
	"Number Card",
	"Page",
	"Translation",
	"Web Form",
	"Website Script",
	"Website Settings",
	"Website Theme",
	"Workspace",
)
# ... those that send elsewhere: calls to other systems, copies of the database or of all that somebody has written.
SENT_ELSEWHERE = (
	"Document Follow",
	"Dropbox Settings",
	"Google Drive",
	"Personal Data Deletion Request",
	"Personal Data Download Request",
	"S3 Backup Settings",
	"Webhook",
)
# ... and those that let somebody in as another, or give a role past the account, where it is logged.
LETS_IN = (
	"Connected App",
	"Has Role",
	"LDAP Settings",
	"OAuth Authorization Code",
	"OAuth Bearer Token",
	"OAuth Client",
	"OAuth Provider Settings",
	"Social Login Key",
	"Token Cache",
)
DEPLOYED = (*ON_THE_SERVER, *IN_BROWSERS, *SENT_ELSEWHERE, *LETS_IN)
# What the desk may make of them all the same.
HARMLESS = {
	# The municipality's mail server. What it answers by itself is a template.
	"Email Account": lambda account: "{" not in (account.auto_reply_message or ""),
	# A list with its own columns: the rules of its DocType hold.
	"Report": lambda report: (
		report.report_type == "Report Builder"
		and not (report.query or report.report_script or report.javascript)
	),
	# A page of one's own, which nobody else opens.
	"Workspace": lambda page: page.for_user == frappe.session.user,
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
	"""Document hook: raise `frappe.PermissionError` where a web request, or a job that one started, makes or changes `doc`.

	Before the DocType's own checks, which try conditions out. A job may be an import; from `bench`, there is no job.
	"""
	if not (frappe.request or get_current_job()) or frappe.flags.in_install or frappe.flags.in_migrate:
		return
	if doc.doctype in HARMLESS:
		if all(HARMLESS[doc.doctype](version) for version in (doc.get_doc_before_save() or doc, doc)):
			return
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
