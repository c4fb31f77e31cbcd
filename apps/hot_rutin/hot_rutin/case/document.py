"""What the three documents of a case have in common: reading, writing, moving on."""

import secrets

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import WorkflowPermissionError, get_workflow
from frappe.utils import escape_html

from hot_rutin.access.conditions import capacities, may_read, may_read_document
from hot_rutin.access.policy import READERS
from hot_rutin.access.writing import refuse_foreign_changes
from hot_rutin.case.validation import check_texts, in_whole_minutes

# No 0, O, 1, I: a case is named over the telephone.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def random_code() -> str:
	"""Return a random code such as `7KQ2-M9XD`: it tells neither how many cases there are nor when this one came."""
	return "-".join("".join(secrets.choice(ALPHABET) for _i in range(4)) for _part in range(2))


class CaseDocument(Document):
	"""Base of `Incident`, `Police Report` and `Follow-up`.

	People change a document within their permission levels and along its workflow. The system changes it with
	`follow_the_record`, when another document of the case has changed. Who is told of it, and the plan of reminders, follow by
	`doc_events` in hooks.py.
	"""

	@property
	def case_name(self) -> str:
		"""Name of the case's `Incident`, the one that people say and mails carry."""
		return self.name if self.doctype == "Incident" else self.incident

	def has_permission(self, permtype="read", *args, **kwargs):
		# Frappe lets `Administrator` through before any hook is asked, and whoever a share names after all have refused.
		if not self.flags.ignore_permissions and not may_read_document(self, permtype):
			return False
		if frappe.session.user == "Administrator":
			return True
		return super().has_permission(permtype, *args, **kwargs)

	def raise_no_permission_to(self, perm_type):
		"""Refuse in words that help, and that tell no more of the case than the refusal does."""
		frappe.clear_messages()  # Frappe's own is empty here
		if not self.is_new() and may_read(self.doctype, self.name):
			message = _("You may read this but not change it. Nothing was saved.")
		else:
			message = _("You have no access to this case, or not any more. Nothing was saved.")
		frappe.throw(message, frappe.PermissionError, title=_("No Access"))

	def check_if_latest(self):
		if not (self.doctype == "Incident" and self.is_new()):
			lock_case(self.case_name)
		super().check_if_latest()
		self.sign_rows()

	def sign_rows(self):
		"""A row is its writer's, which is how the checklist knows who did a step, and stays in its place: the last one holds.

		Frappe would give it to the owner of the document, or to whomever a request names, and put it where the request has it.
		"""
		before = self.get_doc_before_save()
		stored = {row.name: row for row in before.get_all_children()} if before else {}
		if before:
			self.owner, self.creation, self.idx = before.owner, before.creation, before.idx
		for row in self.get_all_children():
			known = stored.get(row.name)
			# Whether a row is new is for the database to say, not for the request.
			row.set("__islocal", None if known else 1)
			row.name = row.name if known else None
			row.owner = known.owner if known else frappe.session.user
			row.creation = known.creation if known else self.modified
		for table in self.meta.get_table_fields():
			rows = self.get(table.fieldname)
			rows.sort(key=lambda row: stored[row.name].idx if row.name else len(stored) + 1)
			for place, row in enumerate(rows, 1):
				row.idx = place

	def validate_higher_perm_levels(self):
		"""Refuse what Frappe would put back silently. Raises `frappe.PermissionError`."""
		if not self.flags.ignore_permissions:
			refuse_foreign_changes(self)

	def extra_levels(self, held: frozenset[str]) -> set[int]:
		"""Levels that are writable in this very document beyond `writing.writable_levels`."""
		return set()

	def validate_workflow(self):
		"""Hold the workflow for people: the move must be there for a capacity that they have in this case."""
		if self.flags.ignore_permissions or self.flags.moved_by_record:
			return
		super().validate_workflow()
		before = self.get_doc_before_save()
		if not before or before.workflow_state == self.workflow_state:
			return
		held = capacities(self.case_name)
		for move in get_workflow(self.doctype).transitions:
			if (move.state, move.next_state) == (before.workflow_state, self.workflow_state):
				if move.allowed in held:
					return
		frappe.throw(
			_("This step belongs to another role in this case."),
			WorkflowPermissionError,
			title=_("Not Allowed"),
		)

	def moved_to(self, state: str) -> bool:
		"""Return whether this save brings the document into `state`."""
		before = self.get_doc_before_save()
		return self.workflow_state == state and (not before or before.workflow_state != state)

	def before_validate(self):
		"""Keep times that people type in whole minutes."""
		for part in [self, *self.get_all_children()]:
			for field in part.meta.get("fields", {"fieldtype": "Datetime", "read_only": 0}):
				part.set(field.fieldname, in_whole_minutes(part.get(field.fieldname)))

	def validate(self):
		self.validate_workflow()  # before all that a move brings about; Frappe asks afterwards
		check_texts(self)

	def before_print(self, _settings=None):
		"""Frappe's own print format draws texts as HTML. (The routine's show what is stored.)"""
		for part in [self, *self.get_all_children()]:
			for field in part.meta.get("fields", {"ignore_xss_filter": 1}):
				part.set(field.fieldname, escape_html(part.get(field.fieldname)))

	def notify_update(self):
		"""Tell no other browser: a list's live update carries names to people who may not read them."""

	def on_trash(self):
		frappe.throw(_("A case is never deleted by hand."))

	def rename(self, *_names, **_options):
		"""Refuse: a case keeps its random name, by which it is known everywhere."""
		frappe.throw(_("A case keeps its name."), frappe.PermissionError)

	before_rename = rename


def lock_case(incident: str) -> None:
	"""Lock a case. Its documents share the lock of its incident: with one each, two people would wait for each other."""
	lock_document("Incident", incident)


def lock_document(doctype: str, name: str) -> None:
	"""Lock a row, so that people who write at the same time take turns, and each reads what the one before wrote."""
	# A transaction sees the database as of its first read, even after waiting for a lock: it is begun anew, unless it
	# has written something or is in the midst of saving another document, whose lock it holds.
	saving = [doctype for doctype, _name in frappe.flags.currently_saving if doctype in READERS]
	if not frappe.db.transaction_writes and len(saving) < 2:
		frappe.db.rollback()
	frappe.db.get_value(doctype, name, "name", for_update=True)
