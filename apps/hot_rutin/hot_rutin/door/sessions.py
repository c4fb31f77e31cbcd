"""Whether whoever asks is signed in, and with which roles: as the database says, before anything else is asked.

Frappe keeps sessions and roles in a cache, and believes it. A request that is under way writes a session back that has just been
ended, and one that fails leaves behind roles that were never stored.
"""

import frappe
from frappe.auth import validate_ip_address

from hot_rutin.access.conditions import stored_roles

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
	is_user_s_key = frappe.get_request_header("Frappe-Authorization-Source", "User") == "User"
	if "sid" in frappe.form_dict or not is_user_s_key:
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
