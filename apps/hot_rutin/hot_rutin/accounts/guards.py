"""What an account, whoever changes it, does not become: another's, shut out, or a way to what a case holds."""

import re

import frappe
from frappe import _
from frappe.utils import cint

from hot_rutin.access.policy import (
	LOGS,
	ROLES,
)
from hot_rutin.accounts.desk import CASE_ROLES
from hot_rutin.case.validation import (
	OWN_ADDRESS,
)

# One address, which a mail can be sent to: Frappe takes a list of them for one, and what ends a mail to others in an error.
ADDRESS = re.compile(r"(?!.*(?:\.\.|\.@))[a-z0-9_][a-z0-9_.%+'-]*@[a-z0-9][a-z0-9.-]*\.[a-z]{2,}")


def keep_address(user, _method=None) -> None:
	"""`User` hook: raise `frappe.ValidationError` where an account's mail would go elsewhere than its name says, or twice.

	What lets somebody in, and what tells them of it, would go there too.
	"""
	if user.name not in frappe.STANDARD_USERS and not (
		ADDRESS.fullmatch(user.name) and user.email == user.name
	):
		frappe.throw(_("An account's address is its name. Make a new account for another address."))


def second_factor_by_role(role, _method=None) -> None:
	"""`Role` hook: Frappe asks everybody for a second factor, by the role All, whenever System Settings are saved with it on.

	Whoever is to be asked is ticked in their own role: not somebody shaken, at night, who reports a threat.
	"""
	if role.name == "All":
		role.two_factor_auth = 0


def keep_defaults(user, _method=None) -> None:
	"""`User` hook: raise `frappe.PermissionError` where a request would change what Frappe fills in for somebody.

	It fills in any field of any new document, unseen: the state of a case that somebody reports, or the way that a mail leaves by.
	"""
	before = user.get_doc_before_save()
	had, has = (
		{(row.defkey, row.defvalue) for row in (doc.get("defaults") if doc else None) or []}
		for doc in (before, user)
	)
	if frappe.request and had != has:
		frappe.throw(_("What is filled in for somebody is not set here."), frappe.PermissionError)


def keep_a_way_in(user, _method=None) -> None:
	"""`User` hook: raise `frappe.ValidationError` where somebody could sign in no more, or would be led elsewhere when they do."""
	if cint(user.simultaneous_sessions) < 0:
		frappe.throw(_("{0}: at least {1}.").format(_(user.meta.get_label("simultaneous_sessions")), 1))
	if user.redirect_url and not OWN_ADDRESS.match(user.redirect_url):
		frappe.throw(_("{0}: a page of this system.").format(_(user.meta.get_label("redirect_url"))))


def follow_no_case(user, _method=None) -> None:
	"""`User` hook: Frappe mails what changes in a followed document, word by word, and asks no permission."""
	if {row.role for row in user.roles} & CASE_ROLES:
		user.document_follow_notify = 0


def keep_apart(user, _method, old: str, new: str, merge: bool = False) -> None:
	"""`User` hook: raise `frappe.PermissionError` where an account that has or had a part in the routine would change its name.

	The logs, and whoever serves whom, would follow it: what one has read would be another's reading.
	"""
	for account in (old, new):
		if {*frappe.get_roles(account)}.intersection(ROLES) or any(
			frappe.db.exists(log, {"user": account}) for log in LOGS
		):
			frappe.throw(
				_(
					"An account that has or had a part in the routine keeps its name, which the logs know it by. Make a new account."
				),
				frappe.PermissionError,
			)
