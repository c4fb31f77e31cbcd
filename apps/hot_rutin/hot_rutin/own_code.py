"""What the desk does not change, whoever asks, of what it may write: mail that runs or lets in, roles, and what cases hold."""

import frappe
from frappe import _

from hot_rutin.access import CHOICES, ROLES

# What a case can hold by a link. Frappe refuses to delete a value in use and names the case that has it.
KEPT = (*CHOICES, "Elected Representative", "Political Party", "Role", "User", "Workflow State")


def keep_mail_plain(account, _method=None) -> None:
	"""`Email Account` hook: raise `frappe.PermissionError` for more than a way out for mail.

	What comes in would be linked to the case whose code stands in its address, and what answers by itself is a template.
	"""
	if (
		account.enable_incoming
		or account.enable_automatic_linking
		or "{" in (account.auto_reply_message or "")
	):
		frappe.throw(
			_("Mail only leaves from here: none is fetched, and none is answered by a template."),
			frappe.PermissionError,
		)


def keep_jobs_running(settings, _method=None) -> None:
	"""`System Settings` hook: raise `frappe.PermissionError` where background jobs, reminders among them, would stop unseen."""
	if frappe.request and any(map(settings.has_value_changed, ("dormant_days", "enable_scheduler"))):
		frappe.throw(
			_("Reminders go out by background jobs: whoever operates the server decides when these stop."),
			frappe.PermissionError,
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
