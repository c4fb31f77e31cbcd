"""What the desk does not change, whoever asks, of what it may write: mail that runs or lets in, roles, and what cases hold."""

import frappe
from frappe import _
from frappe.core.doctype.comment.comment import Comment
from frappe.utils import cstr

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
