"""The checklist of a case: a row for each step of the routine, whose status follows from the record."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import format_datetime, get_datetime, now_datetime

from hot_rutin.access.conditions import capacities
from hot_rutin.case import deadlines, steps
from hot_rutin.case.deadlines import TIME_FORMAT
from hot_rutin.case.people import signature
from hot_rutin.case.validation import LONGEST_LINE, in_whole_seconds


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


def check_marks(incident, before: list) -> None:
	"""Raise where a step is marked by another role than the one that answers for it, or against the record; sign it otherwise.

	`before` are the rows of the checklist as they are stored.
	"""
	stored = {row.name: row for row in before}
	held = capacities(incident.name)
	case = documents_of(incident)
	for row in incident.steps:
		earlier = stored.get(row.name)
		if earlier and (row.status, row.reason or "") != (earlier.status, earlier.reason or ""):
			_check_mark(row, case, held)


def _check_mark(row, case, held):
	rule = frappe.get_cached_doc("Routine Step", row.step)
	if rule.responsible_role not in held:
		frappe.throw(
			_("Step {0} is answered for by: {1}.").format(row.step_number, _(rule.responsible_role)),
			frappe.PermissionError,
		)
	proven = steps.outcome(rule.evidence, case)
	if proven and proven.status != row.status:
		frappe.throw(
			_("Step {0} follows from the record: {1}. Change the record instead.").format(
				row.step_number, _(proven.status)
			)
		)
	if row.status == steps.DONE and not proven and rule.evidence:
		frappe.throw(
			_("Step {0} is done when its record is filled in. Missing: {1}.").format(
				row.step_number, _(rule.evidence)
			)
		)
	if row.status == steps.NOT_NEEDED and not proven:
		if rule.not_needed == "Never":
			frappe.throw(_("Step {0} is always needed.").format(row.step_number))
		if rule.not_needed == "By the Record":
			frappe.throw(_("Whether step {0} is needed follows from the record.").format(row.step_number))
		if not (row.reason or "").strip():
			frappe.throw(_("Step {0}: write the reason that it was not needed.").format(row.step_number))
		contradiction = steps.contradicts_not_needed(rule.evidence, case)
		if contradiction:
			frappe.throw(_("Step {0}: {1}.").format(row.step_number, _(contradiction)))
	if not proven:
		done = row.status != steps.WAITING
		row.done_on = in_whole_seconds(now_datetime()) if done else None
		row.done_by = signature() if done else None
		if not done:
			row.reason = None
