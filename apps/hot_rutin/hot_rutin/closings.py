"""Framework methods that answer without asking, closed. Each is called in the place of the one that it is named for."""

from contextlib import suppress
from time import time

import frappe
from frappe import _
from frappe.rate_limiter import rate_limit
from frappe.utils.password import get_password_reset_limit
from redis.exceptions import ConnectionError

from hot_rutin import accounts, reading
from hot_rutin.access import LOGS, PARENTS, READERS, REGISTERS
from hot_rutin.channels import GUEST_CALLS, SHELLS, is_for_guests
from hot_rutin.request import Request


@frappe.whitelist()
def get_count(
	doctype: str, filters: str | dict | list | None = None, debug: bool = False, cache: bool = False
) -> int:
	"""`frappe.client.get_count` counts every row of every DocType. This one counts what the person may list."""
	return frappe.get_list(
		doctype,
		filters=frappe.parse_json(filters),
		fields=[f"count(`tab{_known(doctype)}`.name) as rows_found"],
	)[0].rows_found


@frappe.whitelist()
def get(
	doctype: str, name: str | None = None, filters: str | dict | list | None = None, parent: str | None = None
) -> dict:
	"""`frappe.client.get` finds a document by any condition, and refuses it in other words than none found."""
	from frappe.client import get as stock

	if not name and not frappe.get_meta(_known(doctype)).issingle:
		found = frappe.get_list(
			doctype, filters=frappe.parse_json(filters), parent_doctype=parent, pluck="name", limit=1
		)
		if not found:
			raise frappe.DoesNotExistError
		name = found[0]
	return stock(doctype, name, None, parent)


@frappe.whitelist()
def validate_link(doctype: str, docname: str, fields: str | list | None = None) -> dict:
	"""`frappe.client.validate_link` confirms any name of a DocType that one may read something of."""
	from frappe.client import validate_link as stock

	known = _known(doctype)
	meta = frappe.get_meta(known)
	if not meta.issingle and known != "DocType" and not frappe.has_permission(known, "read", docname):
		if not (
			frappe.has_permission(known, "select") and frappe.get_list(known, {"name": docname}, limit=1)
		):
			return frappe._dict(name=None)
	return stock(known, docname, fields)


@frappe.whitelist()
def get_link_title(doctype: str, docname: str) -> str:
	"""`frappe.desk.search.get_link_title` gives the title of any document."""
	from frappe.desk.search import get_link_title as stock

	if not frappe.db.exists(_known(doctype), docname) or not frappe.has_permission(doctype, "read", docname):
		return docname
	return stock(doctype, docname)


@frappe.whitelist()
def get_open_count(doctype: str, name: str, items: str | list | None = None) -> dict:
	"""`frappe.desk.notifications.get_open_count` counts any documents that a client names beside one it may read.

	None of ours are counted, and nothing beside them: a form asks for it whenever it is opened.
	"""
	from frappe.desk.notifications import get_open_count as stock

	ours = {*READERS, *PARENTS, *REGISTERS, *LOGS}
	frappe.has_permission(_known(doctype), "read", name, throw=True)
	if doctype in ours:
		items = []
	elif items is not None:
		items = [item for item in frappe.parse_json(items) if item not in ours]
	return stock(doctype, name, items)


@frappe.whitelist()
def get_next(
	doctype: str,
	value: str,
	prev: str | int,
	filters: str | list | dict | None = None,
	sort_order: str = "desc",
	sort_field: str = "modified",
) -> str | None:
	"""`frappe.desk.form.utils.get_next` compares with any row, its reader's or not. What it finds is read: by its texts, perhaps."""
	from frappe.desk.form.utils import get_next as stock

	if not frappe.db.exists(_known(doctype), value) or not frappe.has_permission(doctype, "read", value):
		return None
	following = stock(doctype, value, prev, filters, sort_order, sort_field)
	if following and doctype in READERS:
		reading.log_shown({following})
	return following


@frappe.whitelist()
def reset_otp_secret(user: str) -> None:
	"""`frappe.twofactor.reset_otp_secret` takes somebody's second factor away unseen. Here it is logged and told."""
	from frappe.twofactor import reset_otp_secret as stock

	if user != frappe.session.user:
		frappe.only_for("System Manager", message=True)
	stock(user)
	accounts.note(user, _("Must set up the second factor anew", lang="sv"), and_to=user)


# By POST only: Frappe limits no other.
@frappe.whitelist(allow_guest=True, methods=["POST"])
@rate_limit(limit=get_password_reset_limit, seconds=24 * 60 * 60)
def reset_password(user: str) -> None:
	"""`frappe.core.doctype.user.user.reset_password` tells a guest which accounts there are, and which are switched off.

	Here the mail leaves from a job, which decides whether there is one: neither the answer nor its time tells.
	"""
	frappe.enqueue("hot_rutin.accounts.mail_link_to_new_password", queue="short", account=user[:140])
	frappe.msgprint(
		_("If there is an account with this address, a link to choose a new password is on its way there."),
		title=_("Look in Your Mail"),
	)


def refuse_guests() -> None:
	"""`auth_hooks`: raise `frappe.PermissionError` where a guest asks for more than the sign-in page and what it needs.

	The framework looks a document up before it asks for permissions, so any name of an account would be confirmed.
	"""
	if frappe.session.user not in ("Guest", None):
		return
	asked = Request()
	if not (is_for_guests(asked.method) if asked.method else asked.parts[0] in {*SHELLS, "files"}):
		frappe.throw(_("Sign in first."), frappe.PermissionError, title=_("No Access"))
	if asked.method:
		_limit_guests(asked.method)


def _limit_guests(method):
	"""Raise `frappe.TooManyRequestsError` where a method has been called from one address as often as it may be in this minute."""
	limits = {**GUEST_CALLS, **(frappe.conf.hot_rutin_guest_calls or {})}
	# The address that the nearest proxy has seen: those before it are what the client says.
	key = frappe.cache.make_key(f"guests|{method}|{frappe.request.access_route[-1:]}|{int(time() // 60)}")
	with suppress(ConnectionError):  # Redis may be down for a moment
		calls = frappe.cache.incr(key)
		frappe.cache.expire(key, 60)
		if calls > limits.get(method, limits["each other"]):
			frappe.throw(
				_("That was too often. Wait a minute and try again."),
				frappe.TooManyRequestsError,
				title=_("Too Often"),
			)


def _known(doctype: str) -> str:
	if not frappe.db.exists("DocType", doctype):
		frappe.throw(_("Not permitted"), frappe.PermissionError)
	return doctype
