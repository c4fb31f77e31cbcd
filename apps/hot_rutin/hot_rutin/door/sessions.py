"""Whether whoever asks is signed in, and with which roles: as the database says, before anything else is asked.

Frappe keeps sessions and roles in a cache, and believes it. A request that is under way writes a session back that has just been
ended, and one that fails leaves behind roles that were never stored.
"""

import re
from urllib.parse import unquote

import frappe
from frappe.auth import validate_ip_address

from hot_rutin.access.conditions import stored_roles

STATE = re.compile(r"[?&;]state=([\w%+/=-]+)")
# Given by the framework, and stored nowhere.
AUTOMATIC = {"Administrator", "All", "Desk User", "Guest"}


def check_session() -> None:
	"""`auth_hooks`, the first: let somebody in by a key of their own and by a session that is there, and with the roles that they
	have now. Whoever has none of these is a guest.

	Raises `frappe.PermissionError` where the request is signed with a key that is not a user's own: Frappe takes one from any
	DocType with the right fields, and lets in whomever its row names. And where it brings a session (see `keep_session`).
	`frappe.AuthenticationError` where or when a password would not let in.
	"""
	# Whatever the settings say: what an error says may be a case's.
	frappe.local.flags.disable_traceback = True
	if (
		"sid" in frappe.form_dict
		or frappe.get_request_header("Frappe-Authorization-Source", "User") != "User"
	):
		_become_a_guest()
		frappe.throw(frappe._("Not permitted"), frappe.PermissionError)
	user, session = frappe.session.user, frappe.session.sid
	if user in ("Guest", None):
		return
	by_a_key = session == user
	# Raw SQL: a table without a DocType, and so without permissions. It tells whether one's own session is there, nothing else.
	is_there = by_a_key or frappe.db.sql("select 1 from `tabSessions` where sid = %s", session)
	roles = stored_roles(user)
	# None for an account that is switched off; one without any is asked about.
	if not is_there or not (roles or frappe.db.get_value("User", user, "enabled")):
		_become_a_guest()
		frappe.cache.hdel("session", session)
		frappe.response["session_expired"] = 1
		return
	if by_a_key:
		# A password is asked for these when it signs in; a key signs in each time.
		validate_ip_address(user)
		frappe.local.login_manager.user = user
		frappe.local.login_manager.validate_hour()
	if user != "Administrator" and roles - AUTOMATIC != set(frappe.get_roles()) - AUTOMATIC:
		frappe.clear_cache(user=user)


def refuse_from_elsewhere(login_manager) -> None:
	"""`on_login` hook: raise `frappe.AuthenticationError` where a link, or another system's page, signs the visitor in.

	They would not see that they are somebody else now, and write their case down as theirs.
	"""
	if not frappe.request or frappe.request.path.startswith("/api/method/frappe.integrations.oauth2_logins."):
		return
	is_sent = frappe.request.method == "POST"
	if not is_sent or frappe.get_request_header("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
		frappe.throw(frappe._("Sign in on the sign-in page."), frappe.AuthenticationError)


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


def keep_session() -> None:
	"""Leave the browser the session that it has, where a request has brought another.

	Frappe takes one from an address or a form, and would keep it, whatever refuses the request: who follows such a link would
	write their case down as somebody else.
	"""
	if "sid" in (frappe.form_dict or ()):
		_set_no_cookies()


def _become_a_guest():
	frappe.set_user("Guest")
	_set_no_cookies()


def _set_no_cookies():
	if hasattr(frappe.local, "cookie_manager"):  # not where a browser only asks for options
		frappe.local.cookie_manager.cookies.clear()
		frappe.local.cookie_manager.to_delete.clear()
