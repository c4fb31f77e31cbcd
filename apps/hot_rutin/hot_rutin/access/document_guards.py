"""What the desk does not change, whoever asks, of what it may write: who made it, roles, and what cases hold."""

import frappe
from frappe import _
from frappe.core.doctype.comment.comment import Comment

from hot_rutin.access.conditions import may_read
from hot_rutin.access.policy import CHOICES, READERS, ROLES

# What a case can hold by a link. Frappe refuses to delete a value in use and names the case that has it.
KEPT = (*CHOICES, "Elected Representative", "Political Party", "Role", "User", "Workflow State")


def keep_standard_fields(doc, _method=None) -> None:
	"""`before_validate` hook of every DocType: who made a document, and when, is as it is stored, whatever a request says."""
	before = doc.get_doc_before_save() if frappe.request and not doc.is_new() else None
	if before:
		doc.owner, doc.creation, doc.idx = before.owner, before.creation, before.idx


def keep_filter_to_oneself(saved, _method=None) -> None:
	"""`List Filter` hook: a filter is saved for whoever saves it: its words may be a case's."""
	if frappe.request:
		saved.for_user = frappe.session.user


def own_filters(user: str | None = None) -> str:
	"""`permission_query_conditions` of `List Filter`: the framework lists everybody's."""
	return f"`tabList Filter`.for_user = {frappe.db.escape(user or frappe.session.user)}"


class OwnComment(Comment):
	"""Whoever has said something of a case takes it back, as long as they read the case; the framework lets nobody."""

	def has_permission(self, permtype="read", *args, **kwargs):
		if permtype == "delete" and self.comment_type == "Comment" and self.owner == frappe.session.user:
			return self.reference_doctype in READERS and may_read(self.reference_doctype, self.reference_name)
		return super().has_permission(permtype, *args, **kwargs)


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
