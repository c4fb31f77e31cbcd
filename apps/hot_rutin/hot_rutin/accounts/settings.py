"""What nobody changes of the system's settings in the desk: what reminders, logs and secrecy rest on, and what lets mail in."""

import frappe
from frappe import _
from frappe.utils import cstr


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


def never_made_again(doc, _method=None) -> None:
	"""`before_insert` hook of every DocType: raise `frappe.PermissionError` where a request makes settings anew.

	There is one document of them: what it was before would be compared with nothing, and left in no history.
	"""
	if doc.meta.issingle and frappe.request:
		frappe.throw(_("Settings are changed, not made anew."), frappe.PermissionError)
