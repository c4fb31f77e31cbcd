"""Signing in by the link in a mail, and the mail with it."""

import inspect

import frappe
from frappe import _
from frappe.twofactor import should_run_2fa

from hot_rutin.access.conditions import stored_roles
from hot_rutin.accounts.changes import TOLD_ROLES, note
from hot_rutin.accounts.sessions import end_other_sessions

SETTING_PASSWORD = "frappe.core.doctype.user.user.update_password"


def new_password_by_link(login_manager) -> None:
	"""`on_login` hook: log, and tell, that somebody signed in by the link in a mail, whatever called for it; it opens no account
	by itself.

	Frappe signs them in past the second factor. Whoever needs one is asked to sign in instead. What signs in by a system
	elsewhere is set up by whoever operates the server.
	"""
	user = login_manager.user
	if user == "Guest" or not frappe.request:
		return
	# As Frappe chooses what it runs: the path may say `login`, and this another method.
	called = str(frappe.form_dict.get("cmd") or frappe.request.path.rsplit("/", 1)[-1])
	if called == "login" or ".oauth2_logins." in called:
		return
	if called == SETTING_PASSWORD:
		end_other_sessions(user)
	if TOLD_ROLES & stored_roles(user):
		by_link = frappe.form_dict.get("key") or called != SETTING_PASSWORD
		way = _("Was given a new password by the link in a mail", lang="sv")
		note(user, way if by_link else _("Has changed the password", lang="sv"), and_to=user)
	if should_run_2fa(user):
		frappe.db.set_value("User", user, "reset_password_key", "")
		frappe.db.commit()
		frappe.throw(_("Your new password is set. Sign in with it."), frappe.AuthenticationError)


def mail_link_to_new_password(account: str) -> None:
	"""Job: let Frappe mail the link, in the person's language, if there is such an account and it is on."""
	from frappe.core.doctype.user.user import reset_password as stock

	if account == "Guest" or not frappe.db.exists("User", account):
		return
	frappe.set_user_lang(account)
	# Unwrapped: the limit is on those who ask, by their address, which a job has not.
	inspect.unwrap(stock)(account)
