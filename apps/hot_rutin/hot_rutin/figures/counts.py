"""What the reports count, in SQL: one query for each division of the cases, and no loop over cases.

Whose cases are counted is a condition that the caller has from `access`: those that the reader may read, or (for what is
published to managers, see `publication`) all of a period.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

import frappe
from frappe import _
from frappe.utils import add_days, getdate

from hot_rutin.figures.disclosure import middle

# What has become of a step, in one word for each case.
IN_TIME, LATE, UNTIMED, NOT_NEEDED, WAITING, OVERDUE = OUTCOMES = (
	"Done in Time",
	"Done Late",
	"Done, No Deadline",
	"Not Needed",
	"Waiting",
	"Overdue",
)
DONE = (IN_TIME, LATE, UNTIMED)

# Axis of the statistics -> its value for a row of `tabIncident`.
_OF_PERSON = (
	"(select {} from `tabElected Representative`"
	" where `tabElected Representative`.name = `tabIncident`.exposed_representative)"
)
AXES = {
	"Category": "`tabIncident`.category",
	"Channel": "`tabIncident`.channel",
	"Place": "`tabIncident`.place_type",
	"Perpetrator": "`tabIncident`.perpetrator",
	"Consequence": "`tabIncident`.consequence",
	"Gender": _OF_PERSON.format("gender"),
	"Age Group": _OF_PERSON.format("age_group"),
	"Month": "left(`tabIncident`.reported_on, 7)",
	"Quarter": "concat(year(`tabIncident`.reported_on), '-', quarter(`tabIncident`.reported_on))",
	"Year": "left(`tabIncident`.reported_on, 4)",
}
# Axis -> the DocType that holds its values, which the municipality edits. Those of the others are of the calendar.
MASTERS = {
	"Category": "Incident Category",
	"Channel": "Incident Channel",
	"Place": "Incident Place",
	"Perpetrator": "Incident Perpetrator",
	"Consequence": "Incident Consequence",
	"Gender": "Representative Gender",
	"Age Group": "Age Group",
}
NOT_RECORDED = "Not Recorded"


@dataclass(frozen=True)
class Cases:
	"""Which cases are counted: an SQL `condition` on `tabIncident`, and what a reader has chosen of them."""

	condition: str
	from_date: date | str | None = None
	to_date: date | str | None = None
	category: str | None = None
	channel: str | None = None

	@property
	def where(self) -> str:
		chosen = [f"({self.condition})", *between("`tabIncident`.reported_on", self.from_date, self.to_date)]
		for column in ("category", "channel"):
			if getattr(self, column):
				chosen.append(f"`tabIncident`.{column} = {quoted(getattr(self, column))}")
		return " and ".join(chosen)


@dataclass
class StepFigures:
	"""One step: cases by outcome, and the median of whole hours from the report until it was done."""

	cells: dict = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
	median: float | None = None


def between(column: str, first, last) -> list[str]:
	"""Return the SQL conditions for times in `column` from the day `first` to the day `last`, both included."""
	conditions = []
	if first:
		conditions.append(f"{column} >= {quoted(getdate(first))}")
	if last:
		conditions.append(f"{column} < {quoted(add_days(getdate(last), 1))}")
	return conditions


def quoted(value) -> str:
	return frappe.db.escape(str(value), percent=False)


def outcome(done: str, done_on: str, not_needed: str, due_on: str) -> str:
	"""Return the SQL for one of `OUTCOMES`, from SQL conditions and times."""
	now = quoted(frappe.utils.now_datetime())
	return f"""case when {not_needed} then '{NOT_NEEDED}'
		when {done} and {due_on} is null then '{UNTIMED}'
		when {done} and {done_on} <= {due_on} then '{IN_TIME}'
		when {done} then '{LATE}'
		when {due_on} < {now} then '{OVERDUE}' else '{WAITING}' end"""


# The checklist: the incident has a row of it for every step.
STEPS_OF_CASES = (
	"`tabIncident Step` step join `tabIncident`"
	" on `tabIncident`.name = step.parent and step.parenttype = 'Incident'"
)
FIRST_CONVERSATION = "select name from `tabRoutine Step` where evidence = 'Conversation' and is_active = 1"


def step_outcome() -> str:
	"""Return the SQL for the outcome of a row of the checklist."""
	return outcome("step.status = 'Done'", "step.done_on", "step.status = 'Not Needed'", "step.due_on")


def number(cases: Cases) -> int:
	"""Return how many cases there are."""
	# Raw SQL, here and below: sums over cases, each with the condition that its caller has from `access`.
	return frappe.db.sql(f"select count(*) from `tabIncident` where {cases.where}")[0][0]


def steps(cases: Cases) -> dict[str, StepFigures]:
	"""Return the figures of every step (its code) of the routine that a case holds."""
	found, hours = defaultdict(StepFigures), defaultdict(dict)
	# Raw SQL: a sum over cases, under the condition that the caller has from `access`.
	for step, what, lead, how_many in frappe.db.sql(
		f"""select step.step, {step_outcome()} as outcome,
		if(step.status = 'Done', greatest(timestampdiff(hour, `tabIncident`.reported_on, step.done_on), 0), null) as hours,
		count(*) from {STEPS_OF_CASES} where {cases.where} group by step.step, outcome, hours"""
	):
		found[step].cells[what] += how_many
		if lead is not None:
			hours[step][lead] = hours[step].get(lead, 0) + how_many
	for step, histogram in hours.items():
		found[step].median = middle(histogram)
	return found


def overdue(cases: Cases) -> dict[str, int]:
	"""Return for each step (its code) in how many cases it is overdue."""
	now = quoted(frappe.utils.now_datetime())
	# Raw SQL: a sum over cases, under the condition that the caller has from `access`.
	return dict(
		frappe.db.sql(
			f"""select step.step, count(*) from {STEPS_OF_CASES}
			where step.status = 'Waiting' and step.due_on < {now} and {cases.where} group by step.step"""
		)
	)


def by_axes(cases: Cases, axis: str, across: str | None = None) -> dict[tuple[str, str | None], int]:
	"""Return how many cases have each value of `axis` and, if given, of the axis `across`."""
	second = AXES[across] if across else "null"
	found = defaultdict(int)
	# Raw SQL: a sum over cases, under the condition that the caller has from `access`.
	for one, other, how_many in frappe.db.sql(
		f"""select {AXES[axis]} as one, {second} as other, count(*) from `tabIncident`
		where {cases.where} group by one, other"""
	):
		found[one or NOT_RECORDED, (other or NOT_RECORDED) if across else None] += how_many
	return found


def values_of(axis: str) -> list[str]:
	"""Return the values that cases can have on `axis`, in the municipality's order, with `NOT_RECORDED` last."""
	# get_all: the values are no secret; who may read the figures is asked by their report.
	order = "name" if axis == "Category" else "sequence, name"
	return [*frappe.get_all(MASTERS[axis], pluck="name", order_by=order), NOT_RECORDED]


def label_of(axis: str, value: str) -> str:
	"""Return how a value of `axis` is shown."""
	if axis == "Quarter" and "-" in value:
		return _("{0} quarter {1}").format(*value.split("-"))
	return value if axis in MASTERS and value != NOT_RECORDED else _(value)


def conversations(cases: Cases) -> dict[str, StepFigures]:
	"""Return for each month of report (`2026-09`) the figures of the first follow-up conversation (3.2.4).

	The median is of whole days from the event until the conversation was held.
	"""
	found, days = defaultdict(StepFigures), defaultdict(dict)
	# Raw SQL: a sum over cases, under the condition that the caller has from `access`.
	for month, what, lead, how_many in frappe.db.sql(
		f"""select {AXES["Month"]} as month, {step_outcome()} as outcome,
		if(step.status = 'Done', greatest(timestampdiff(day, `tabIncident`.event_on, step.done_on), 0), null) as days,
		count(*) from {STEPS_OF_CASES}
		where step.step in ({FIRST_CONVERSATION})
		and {cases.where} group by month, outcome, days"""
	):
		found[month].cells[what] += how_many
		if lead is not None:
			days[month][lead] = days[month].get(lead, 0) + how_many
	for month, histogram in days.items():
		found[month].median = middle(histogram)
	found_days = defaultdict(int)
	for histogram in days.values():
		for lead, how_many in histogram.items():
			found_days[lead] += how_many
	found[""].median = middle(found_days)
	return found


PROTECTION = ("Granted", "Refused", "No Answer Yet", "Not Requested")


def police_reports(condition: str) -> tuple[StepFigures, dict[str, int]]:
	"""Return the police reports (3.1.3) by outcome, and those filed by what was asked and answered about protected access.

	`condition` is SQL on `tabPolice Report`. The median is of whole hours from the decision to the filing.
	"""
	reports, protection, hours = StepFigures(), dict.fromkeys(PROTECTION, 0), {}
	filed = "workflow_state = 'Filed'"
	# Raw SQL: a sum over cases, under the condition that the caller has from `access`.
	for what, asked, answer, lead, how_many in frappe.db.sql(
		f"""select {outcome(filed, "filed_on", "workflow_state = 'Withdrawn'", "due_on")} as outcome,
		protected_access, protected_access_answer,
		if({filed}, greatest(timestampdiff(hour, decided_on, filed_on), 0), null) as hours, count(*)
		from `tabPolice Report` where {condition}
		group by outcome, protected_access, protected_access_answer, hours"""
	):
		reports.cells[what] += how_many
		if what in DONE:
			cell = "Not Requested" if asked != "Requested" else answer or "No Answer Yet"
			protection[cell] += how_many
		if lead is not None:
			hours[lead] = hours.get(lead, 0) + how_many
	reports.median = middle(hours)
	return reports, protection
