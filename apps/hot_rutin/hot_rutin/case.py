"""What the three documents of a case have in common: reading, writing, moving on, and the checklist."""

import secrets

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import WorkflowPermissionError, get_workflow
from frappe.utils import escape_html, format_datetime, get_datetime

from hot_rutin import deadlines, handover, steps
from hot_rutin.access.conditions import capacities, may_read, may_read_document
from hot_rutin.access.policy import READERS
from hot_rutin.access.writing import refuse_foreign_changes
from hot_rutin.deadlines import TIME_FORMAT
from hot_rutin.people import signature
from hot_rutin.plausibility import LONGEST_LINE, check_texts, in_whole_minutes

# No 0, O, 1, I: a case is named over the telephone.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def random_code() -> str:
	"""Return a random code such as `7KQ2-M9XD`: it tells neither how many cases there are nor when this one came."""
	return "-".join("".join(secrets.choice(ALPHABET) for _i in range(4)) for _part in range(2))


class CaseDocument(Document):
	"""Base of `Incident`, `Police Report` and `Follow-up`.

	People change a document within their permission levels and along its workflow. The system changes it with
	`follow_the_record`, when another document of the case has changed.
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
			take_turns("Incident", self.case_name)
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

	def on_update(self):
		handover.tell_next_holder(self)

	def notify_update(self):
		"""Tell no other browser: a list's live update carries names to people who may not read them."""

	def on_trash(self):
		frappe.throw(_("A case is never deleted by hand."))

	def rename(self, *_names, **_options):
		"""Refuse: a case keeps its random name, by which it is known everywhere."""
		frappe.throw(_("A case keeps its name."), frappe.PermissionError)

	before_rename = rename


def take_turns(doctype: str, name: str) -> None:
	"""Lock a row, so that people who write at the same time take turns, and each reads what the one before wrote.

	The documents of a case share the lock of its incident: with one each, two people would wait for each other.
	"""
	# A transaction sees the database as of its first read, even after waiting for a lock: it is begun anew, unless it
	# has written something or is in the midst of saving another document, whose lock it holds.
	saving = [doctype for doctype, _name in frappe.flags.currently_saving if doctype in READERS]
	if not frappe.db.transaction_writes and len(saving) < 2:
		frappe.db.rollback()
	frappe.db.get_value(doctype, name, "name", for_update=True)


def steps_for(document_type: str | None = None) -> list[dict]:
	"""Return the active rows of the routine in order; with `document_type` those recorded in that document."""
	filters = {"is_active": 1}
	if document_type:
		filters["document_type"] = document_type
	# get_all: the routine itself is no secret, and the checklist must be whole whoever saves.
	return frappe.get_all(
		"Routine Step",
		filters=filters,
		fields=[
			"name",
			"step_number",
			"title",
			"action",
			"responsible_role",
			"evidence",
			"not_needed",
			"deadline",
			"is_acute",
			"document_type",
		],
		order_by="sequence asc",
	)


def add_checklist(doc, document_type: str | None = None) -> None:
	"""Give a new document its checklist: a waiting row for each step of the routine."""
	doc.set("steps", [])
	for step in steps_for(document_type):
		doc.append(
			"steps",
			{
				"step": step.name,
				"step_number": step.step_number,
				"title": steps.wording(step),
				"action": step.action,
				"responsible_role": step.responsible_role,
				"status": steps.WAITING,
			},
		)


def documents_of(incident, police_report=None, follow_up=None) -> steps.Case:
	"""Return the case of `incident` (a document or a name), with documents that are being saved in place of stored ones."""
	if isinstance(incident, str):
		incident = frappe.get_doc("Incident", incident)
	if not police_report and incident.police_report:
		police_report = frappe.get_doc("Police Report", incident.police_report)
	if not follow_up and incident.follow_up:
		follow_up = frappe.get_doc("Follow-up", incident.follow_up)
	return steps.Case(incident, police_report, follow_up)


def update_checklist(doc, case: steps.Case) -> None:
	"""Set status, times and deadline of each row of `doc.steps` from the record, keeping what people marked."""
	rules = {step.name: step for step in steps_for()}
	settings = frappe.get_cached_doc("Hot Rutin Settings").as_dict()
	times = clock_times(case)
	for row in doc.steps:
		rule = rules.get(row.step)
		if not rule:
			continue  # a step that the municipality has retired stays as it was
		proven = steps.outcome(rule.evidence, case)
		if proven:
			row.status, row.set_by_record = proven.status, 1
			row.done_on, row.done_by = proven.on, proven.by and signature(proven.by)
			row.reason = _(proven.reason, lang="sv") if proven.reason else None
		elif row.set_by_record:
			row.status, row.set_by_record = steps.WAITING, 0
			row.done_on = row.done_by = row.reason = None
		row.due_on = deadlines.due_on(rule.deadline, times, settings)
		row.late_report = deadlines.is_late_report(rule.deadline, times, settings)
		row.summary = at_a_glance(row)


def at_a_glance(row) -> str | None:
	"""Return what the checklist shows beside a step: when and by whom it was done, why not, or by when."""
	if row.status == steps.DONE:
		return f"{format_datetime(row.done_on, TIME_FORMAT)} {row.done_by or ''}".strip()
	if row.status == steps.NOT_NEEDED:
		return (row.reason or "")[:LONGEST_LINE]
	return _("by {0}", lang="sv").format(format_datetime(row.due_on, TIME_FORMAT)) if row.due_on else None


def clock_times(case: steps.Case) -> dict:
	"""Return the times of the case from which deadlines are counted (see `deadlines.RULES`)."""
	first = steps.first_conversation(case.follow_up)
	need = steps.latest_need(case.follow_up)
	times = {
		"event_on": case.incident.event_on,
		"reported_on": case.incident.reported_on,
		"strategist_contacted_on": case.incident.strategist_contacted_on,
		"report_requested_on": case.police_report.requested_on if case.police_report else None,
		"conversation_held_on": first.held_on if first else None,
		"need_recorded_on": need.answered_on if need else None,
	}
	return {name: get_datetime(time) if time else None for name, time in times.items()}


def follow_the_record(incident: str, state: str | None = None, but_not: Document | None = None) -> None:
	"""Let the incident follow a change elsewhere in its case: its checklist, and with `state` its place in the workflow.

	The system saves, whoever's change it follows; `but_not` is the document that is being saved and needs no echo.
	"""
	doc = frappe.get_doc("Incident", incident)
	if state:
		doc.workflow_state = state
	doc.flags.echo_from = but_not
	doc.save(
		ignore_permissions=True
	)  # the person may not open the incident; what they recorded elsewhere moves it
