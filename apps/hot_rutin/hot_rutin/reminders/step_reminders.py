"""The plan of reminders of each case, kept in step with its checklist and with the municipality's settings."""

from datetime import datetime

import frappe
from frappe import _
from frappe.utils import format_datetime, get_datetime, get_time, now_datetime

from hot_rutin.case import steps
from hot_rutin.case.checklist import follow_the_record, steps_for
from hot_rutin.case.deadlines import TIME_FORMAT
from hot_rutin.case.validation import in_whole_seconds
from hot_rutin.reminders.plan import Plan

QUEUED, SENT, DELAYED = "Queued", "Sent", "Delayed"
# What a step's plan is once it waits no more. Why is for those who read the case: it may be what somebody has decided.
ENDED = "Ended"


def plan_in_settings() -> Plan:
	"""Return the plan in `Hot Rutin Settings`."""
	settings = frappe.get_cached_doc("Hot Rutin Settings")
	ahead = {}
	for row in settings.reminder_times:
		ahead.setdefault(row.deadline, []).append((row.ahead, row.unit.lower()))
	return Plan(
		ahead={deadline: tuple(times) for deadline, times in ahead.items()},
		again_after=settings.again_after_days,
		deputy_after=settings.deputy_after_days,
		last_after=settings.strategist_after_days,
		quiet_from=get_time(settings.quiet_from) if settings.quiet_from else None,
		quiet_to=get_time(settings.quiet_to) if settings.quiet_to else None,
	)


def follow(incident, _method=None) -> None:
	"""`Incident` hook: let the plan follow the checklist of `incident`, within the transaction that saves it."""
	plan, now = plan_in_settings(), in_whole_seconds(now_datetime())
	rules = {step.name: step for step in steps_for()}
	# get_all: the system's own plan, kept whoever saves the case.
	planned = {
		row.step: row
		for row in frappe.get_all("Step Reminder", filters={"case_name": incident.name}, fields="*")
	}
	waiting = {row.step for row in incident.waiting_steps()}
	# The soonest last: the short list of a workspace shows first what was written last.
	for row in sorted(incident.steps, key=lambda row: get_datetime(row.due_on or datetime.max), reverse=True):
		before = planned.get(row.step)
		if row.step in waiting and row.due_on:
			values = _planned(incident, row, rules[row.step], before, plan, now)
		elif before and before.status == steps.WAITING:
			values = {"status": ENDED, "next_on": None, "upcoming": None}
		else:
			continue
		_store(before, values)


def _planned(incident, row, rule, before, plan, now) -> dict:
	"""Return the values of the `Step Reminder` of a waiting step."""
	due_on = get_datetime(row.due_on)
	kept = before and before.status == steps.WAITING and get_datetime(before.due_on) == due_on
	since = get_datetime(before.since) if kept else now
	if kept or due_on > now:
		next_on = plan.next_time(rule.deadline, due_on, rule.is_acute, since)
	else:
		next_on = now if rule.is_acute else plan.after_quiet(now)  # late already, and nobody was told
	document = {"Police Report": incident.police_report, "Follow-up": incident.follow_up}.get(
		rule.document_type
	)
	action = steps.wording(rule)
	return {
		"title": f"{format_datetime(due_on, TIME_FORMAT)} · {incident.name} · {action}",
		"case_name": incident.name,
		"step": row.step,
		"action": action,
		"responsible_role": row.responsible_role,
		"document_type": rule.document_type if document else "Incident",
		"document": document or incident.name,
		"deadline": rule.deadline,
		"due_on": due_on,
		"is_acute": rule.is_acute,
		"status": steps.WAITING,
		"since": since,
		**coming(plan, next_on, rule.deadline, due_on, rule.is_acute),
	}


def coming(plan, next_on, deadline, due_on, is_acute) -> dict:
	"""Return the values that say when the next reminder comes, and those after it until the step is due."""
	ahead = [time for time in plan.until_due(deadline, due_on, is_acute) if time > next_on]
	return {
		"next_on": next_on,
		"upcoming": "\n".join(format_datetime(time, TIME_FORMAT) for time in [next_on, *ahead]),
	}


def _store(before, values):
	if not before:
		frappe.get_doc({"doctype": "Step Reminder", **values}).insert(
			ignore_permissions=True,  # nobody plans by hand; the checklist does
			ignore_links=True,  # the case that links to all of this is being saved
		)
		return
	changed = {field: value for field, value in values.items() if (before[field] or None) != (value or None)}
	if changed:
		# Nor who changed it: see `StepReminder`.
		frappe.db.set_value("Step Reminder", before.name, changed, update_modified=False)


def ask_for_a_new_plan() -> None:
	"""Have all open cases follow changed deadlines or reminders: marked now, replanned by the next run, whatever happens."""
	case = frappe.qb.DocType("Incident")
	frappe.qb.update(case).set(case.replan, 1).where(case.workflow_state != "Closed").run()


def follow_new_plan() -> None:
	"""Replan the cases that are marked, each in a transaction of its own."""
	# get_all: the system follows its settings in all cases; nothing of them is returned.
	for incident in frappe.get_all("Incident", filters={"replan": 1}, pluck="name"):
		try:
			follow_the_record(incident)
			frappe.db.commit()
		except Exception:
			# One case that cannot be saved keeps no other from its plan; it is tried again in the next run.
			frappe.db.rollback()
			frappe.log_error(title="A case did not follow the new plan")
			frappe.db.commit()


def line(time: datetime, kind: str) -> str:
	"""Return what the plan says of one reminder: when it was queued, and of what kind it was."""
	return f"{format_datetime(time, TIME_FORMAT)} · {_(kind, lang='sv')}"
