"""What the desk does not change, whoever asks, of what it may write: mail that runs or lets in, roles, and what cases hold."""

import frappe
from frappe import _
from frappe.utils import cstr

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


def keep_jobs_and_clock(settings, _method=None) -> None:
	"""`System Settings` hook: raise `frappe.PermissionError` where background jobs, reminders among them, would stop unseen, or the
	clock be moved that they and the logs go by."""
	before = settings.get_doc_before_save() or {}
	stays_off = ("allow_error_traceback", "logout_on_password_reset")
	for field in ("dormant_days", "enable_scheduler", "time_zone", *stays_off):
		changed = cstr(before.get(field) or "") != cstr(settings.get(field) or "")
		if frappe.request and changed and (before.get(field) or field in stays_off):
			frappe.throw(
				_(
					"{0} is for whoever operates the server to set: reminders, logs or secrecy rest on it."
				).format(_(settings.meta.get_label(field))),
				frappe.PermissionError,
			)


def keep_own_notices(settings, _method=None) -> None:
	"""`Notification Settings` hook: raise `frappe.PermissionError` for somebody else's, which Frappe lets anybody write."""
	if frappe.request and settings.name != frappe.session.user and "System Manager" not in frappe.get_roles():
		frappe.throw(_("Not permitted"), frappe.PermissionError)


def keep_settings(_settings, _method=None) -> None:
	"""`on_trash` hook of settings: raise `frappe.PermissionError`. Without them there are no reminders."""
	frappe.throw(_("Settings are changed, not deleted."), frappe.PermissionError)


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
	if not (frappe.flags.in_install or frappe.flags.in_migrate or frappe.flags.in_uninstall):
		refuse_deletion()


def refuse_deletion() -> None:
	"""Raise `frappe.PermissionError`: what cases may hold is not deleted."""
	frappe.throw(
		_("This is not deleted, since cases may hold it. Switch it off instead."),
		frappe.PermissionError,
		title=_("Not Deleted"),
	)
