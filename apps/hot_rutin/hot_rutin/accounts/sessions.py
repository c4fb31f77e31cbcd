"""The sessions that an account has."""

from functools import partial

import frappe
from frappe.sessions import delete_session


def end_other_sessions(user: str) -> None:
	"""End the sessions that an account has now, but for the one that asks, once all else is stored.

	Frappe commits whenever it ends one: a new password would stand, and what notes it perhaps not.
	"""
	# A table without a DocType, and so without permissions; the ids go nowhere.
	Sessions = frappe.qb.DocType("Sessions")
	others = frappe.qb.from_(Sessions).where((Sessions.user == user) & (Sessions.sid != frappe.session.sid))
	for (sid,) in others.select(Sessions.sid).run():
		frappe.db.after_commit.add(partial(delete_session, sid, reason="Force Logged out by the user"))
