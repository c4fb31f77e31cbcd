"""Signing in: from nowhere but here, by other systems only with a state that this browser was given, and by the link in a mail.

What is named as a method of the framework is called in that method's place.
"""

import inspect
import re
from urllib.parse import unquote

import frappe
from frappe import _
from frappe.rate_limiter import rate_limit
from frappe.twofactor import should_run_2fa
from frappe.utils.password import get_password_reset_limit

from hot_rutin.access.conditions import stored_roles
from hot_rutin.accounts.changes import TOLD_ROLES, note
from hot_rutin.accounts.sessions import end_other_sessions

SETTING_PASSWORD = "frappe.core.doctype.user.user.update_password"
STATE = re.compile(r"[?&;]state=([\w%+/=-]+)")


def refuse_from_elsewhere(login_manager) -> None:
	"""`on_login` hook: raise `frappe.AuthenticationError` where a link, or another system's page, signs the visitor in.

	They would not see that they are somebody else now, and write their case down as theirs.
	"""
	if not frappe.request or frappe.request.path.startswith("/api/method/frappe.integrations.oauth2_logins."):
		return
	is_sent = frappe.request.method == "POST"
	if not is_sent or frappe.get_request_header("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
		frappe.throw(_("Sign in on the sign-in page."), frappe.AuthenticationError)


def remember_states(response) -> None:
	"""Keep, for the browser that is shown a sign-in page, the states that stand in its links to other systems."""
	states = {unquote(state) for state in STATE.findall(response.get_data(as_text=True))}
	if states:
		browser = frappe.generate_hash(length=20)
		frappe.cache.set_value(f"sign_in:{browser}", states, expires_in_sec=600)
		response.set_cookie("sign_in", browser, max_age=600, httponly=True, samesite="Lax")


def issued_state(state: str) -> str:
	"""Return the state with which another system sends somebody back. Raises `ValueError` where this browser was not given it: the
	visitor would be signed in as whoever has made the link."""
	browser = frappe.request.cookies.get("sign_in") or ""
	if state not in (frappe.cache.get_value(f"sign_in:{browser}", expires=True) or ()):
		raise ValueError("not given by this system")
	return state


@frappe.whitelist()
def reset_otp_secret(user: str) -> None:
	"""`frappe.twofactor.reset_otp_secret` takes somebody's second factor away unseen. Here it is logged and told."""
	from frappe.twofactor import reset_otp_secret as stock

	if user != frappe.session.user:
		frappe.only_for("System Manager", message=True)
	stock(user)
	note(user, _("Must set up the second factor anew", lang="sv"), and_to=user)


# By POST only: Frappe limits no other.
@frappe.whitelist(allow_guest=True, methods=["POST"])
@rate_limit(limit=get_password_reset_limit, seconds=24 * 60 * 60)
def reset_password(user: str) -> None:
	"""`frappe.core.doctype.user.user.reset_password` tells a guest which accounts there are, and which are switched off.

	Here the mail leaves from a job, which decides whether there is one: neither the answer nor its time tells.
	"""
	frappe.enqueue("hot_rutin.accounts.sign_in.mail_link_to_new_password", queue="short", account=user[:140])
	frappe.msgprint(
		_("If there is an account with this address, a link to choose a new password is on its way there."),
		title=_("Look in Your Mail"),
	)


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
