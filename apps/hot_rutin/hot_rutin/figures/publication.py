"""The figures that managers read: counted once for each closed period, protected (see `disclosure`), and never changed.

A manager's report has only what stands in `Published Figures`. It cannot ask for other dates or another selection, and not
twice about the same cases: a figure that followed the cases from day to day would tell, by its change, of one of them.
"""

import calendar
from datetime import date, timedelta

import frappe
from frappe.utils import add_days, get_first_day, getdate, now_datetime, today

from hot_rutin.access.policy import EVERYTHING
from hot_rutin.case.checklist import steps_for
from hot_rutin.case.validation import in_whole_seconds
from hot_rutin.figures import counts
from hot_rutin.figures.counts import DONE, NOT_NEEDED, OUTCOMES, OVERDUE, WAITING, Cases, StepFigures
from hot_rutin.figures.disclosure import HIDDEN, added, may_show_median, protect, protect_table, total

MONTHS = {"Quarter": 3, "Half-Year": 6, "Year": 12}
# Subjects of a published figure.
CASES, AXIS, TABLE, STEP, PROTECTED_ACCESS, MEDIAN = (
	"Cases",
	"Axis",
	"Table",
	"Step",
	"Protected Access",
	"Median",
)
DIVIDED_BY = ("Category", "Channel", "Place", "Perpetrator", "Consequence", "Gender", "Age Group", "Month")
# The one pair of axes of which a table is published. A second would be linked to the first, and make more equations.
DOWN, ACROSS = "Category", "Channel"
# The three rows of 3.1.3 tell of one act, the filing. Published each by itself, one would give away what another hides.
FILED = "Police Report Filed"
SAME_ACT = {"Protected Access": FILED, "Political Link": FILED}


def publish_closed_periods() -> None:
	"""Publish each period that has ended long enough ago (see settings) and is not published yet. Run daily."""
	settings = frappe.get_single("Hot Rutin Settings")
	last = frappe.db.sql("select max(to_date) from `tabPublished Figures`")[0][0]
	first_report = frappe.db.sql("select min(reported_on) from `tabIncident`")[0][0]
	if not (last or first_report):
		return
	start = add_days(last, 1) if last else period_start(getdate(first_report), settings.figures_period)
	while (end := period_end(start, settings.figures_period)) < getdate(
		add_days(today(), -settings.figures_wait_days)
	):
		publish(start, end)
		frappe.db.commit()
		start = add_days(end, 1)


def period_end(day: date, length: str) -> date:
	"""Return the last day of the calendar's quarter, half-year or year (`length`) in which `day` is."""
	months = MONTHS[length]
	month = ((day.month - 1) // months + 1) * months
	return date(day.year, month, calendar.monthrange(day.year, month)[1])


def period_start(day: date, length: str) -> date:
	"""Return the first day of the calendar's quarter, half-year or year (`length`) in which `day` is."""
	months = MONTHS[length]
	return date(day.year, (day.month - 1) // months * months + 1, 1)


def publish(start: date, end: date):
	"""Count and publish the cases reported from `start` to `end`, as they stand now. Returns the document."""
	return frappe.get_doc(
		{
			"doctype": "Published Figures",
			"period": f"{start:%Y-%m} – {end:%Y-%m}",
			"from_date": start,
			"to_date": end,
			"published_on": in_whole_seconds(now_datetime()),
			"figures": list(_rows(Cases(EVERYTHING, start, end), start, end)),
		}
	).insert(ignore_permissions=True)  # nobody writes figures; the calendar does


def _rows(cases, start, end):
	"""Yield all that is published of the period, and nothing unprotected."""
	yield from _protected(CASES, "", {"": counts.number(cases)})
	for axis in DIVIDED_BY:
		values = _months(start, end) if axis == "Month" else counts.values_of(axis)
		counted = {one: number for (one, _other), number in counts.by_axes(cases, axis).items()}
		yield from _protected(AXIS, axis, dict.fromkeys(values, 0) | counted)
	yield from _table(cases)
	counted, published = counts.steps(cases), {}
	for step in steps_for():
		act = step.evidence or step.name
		if act in published or act in SAME_ACT or step.name not in counted:
			continue
		published[act] = protect(counted[step.name].cells)
		yield from _shown(STEP, step.name, published[act])
		if _all_done_are_shown(published[act]):
			yield from _shown(MEDIAN, step.name, {"": counted[step.name].median})
	yield from _of_the_filed(cases, published.get(FILED, dict.fromkeys(OUTCOMES, 0)))
	if "Conversation" in published and _all_done_are_shown(published["Conversation"]):
		yield from _shown(MEDIAN, "Conversation", {"": counts.conversations(cases)[""].median})


def _table(cases):
	counted = counts.by_axes(cases, DOWN, ACROSS)
	rows, columns = (
		dict.fromkeys([*counts.values_of(axis), *(key[side] for key in counted)])
		for side, axis in enumerate((DOWN, ACROSS))
	)
	table = {(row, column): counted.get((row, column), 0) for row in rows for column in columns}
	# What is not recorded is nobody's question, and as a hidden row and column it lets more of the others be shown.
	protected = protect_table(table, never=(counts.NOT_RECORDED,))
	for row in rows:
		yield from _shown(TABLE, row, {column: protected[row, column] for column in columns})


def _of_the_filed(cases, act):
	"""What was asked and answered divides the filed reports: where a part of those is hidden, so is this, or it told the sum."""
	reports, protection = counts.police_reports(
		f"name in (select police_report from `tabIncident` where {cases.where}) and workflow_state = 'Filed'"
	)
	if any(act[outcome] is HIDDEN for outcome in DONE):
		yield from _shown(PROTECTED_ACCESS, "", dict.fromkeys(protection, HIDDEN))
		return
	yield from _protected(PROTECTED_ACCESS, "", protection)
	if _all_done_are_shown(act):
		yield from _shown(MEDIAN, FILED, {"": reports.median})


def _protected(subject, item, cells):
	return _shown(subject, item, protect(cells))


def _shown(subject, item, cells):
	for cell, figure in cells.items():
		hidden = figure is HIDDEN
		yield {
			"subject": subject,
			"item": item,
			"cell": cell,
			"figure": 0 if hidden else figure,
			"hidden": hidden,
		}


def _all_done_are_shown(cells):
	return may_show_median([cells[outcome] for outcome in DONE])


def _months(start, end):
	month, found = get_first_day(start), []
	while month <= end:
		found.append(f"{month:%Y-%m}")
		month = get_first_day(month + timedelta(days=31))
	return found


class Published:
	"""What was published of the periods that lie within two days; without days, of the latest period."""

	def __init__(self, from_date=None, to_date=None):
		conditions = counts.between("from_date", from_date, None) + counts.between("to_date", None, to_date)
		# Raw SQL: published figures are the same for all who read them; the report has asked who does.
		self.periods = frappe.db.sql(
			f"""select name, from_date, to_date, published_on from `tabPublished Figures`
			{"where " + " and ".join(conditions) if conditions else ""} order by from_date desc
			{"" if conditions else "limit 1"}""",
			as_dict=True,
		)[::-1]
		self._parts = {}
		names = ", ".join(counts.quoted(period.name) for period in self.periods) or "''"
		for row in frappe.db.sql(
			f"""select parent, subject, item, cell, figure, hidden from `tabPublished Figure`
			where parent in ({names}) and parenttype = 'Published Figures' order by parent, idx""",
			as_dict=True,
		):
			figure = HIDDEN if row.hidden else row.figure
			if row.subject != MEDIAN and figure is not HIDDEN:
				figure = int(figure)
			self._parts.setdefault((row.subject, row.item or ""), {}).setdefault(row.cell or "", {})[
				row.parent
			] = figure

	def cells(self, subject: str, item: str = "", period: str | None = None) -> dict[str, int | str]:
		"""Return the published figures of a subject, by cell, summed over the periods or of one of them."""
		periods = [period] if period else [one.name for one in self.periods]
		return {
			# What was published of no cell in a period is hidden there; a month or a new category was none then.
			cell: added([parts[name] for name in periods if name in parts])
			for cell, parts in self._parts.get((subject, item), {}).items()
			if any(name in parts for name in periods)
		}

	def table(self) -> dict[tuple[str, str], int | str]:
		"""Return the published numbers of cases by `DOWN` and `ACROSS`, summed over the periods."""
		rows = {item: parts for (subject, item), parts in self._parts.items() if subject == TABLE}
		told = {period for parts in rows.values() for cell in parts.values() for period in cell}
		# Of a period that was published before there was a table, all of it is hidden.
		untold = [".."] if any(period.name not in told for period in self.periods) else []
		return {
			(row, column): total([figure, *untold])
			for row in rows
			for column, figure in self.cells(TABLE, row).items()
		}

	def median(self, item: str, period: str | None = None) -> float | str:
		"""Return the published median of a step; that of several periods together is not known."""
		names = [period] if period else [one.name for one in self.periods]
		parts = self._parts.get((MEDIAN, item), {}).get("", {})
		return parts[names[0]] if len(names) == 1 and names[0] in parts else ".."

	def steps(self) -> dict[str, StepFigures]:
		"""Return the published figures of every step (its code) of the routine."""
		found = {}
		rules = steps_for()
		filed = next((step.name for step in rules if step.evidence == FILED), None)
		for step in rules:
			cells = self.step_cells(step.name)
			median = self.median(step.name)
			if not cells and step.evidence == "Political Link":
				cells, median = self.step_cells(filed), self.median(filed)
			if not cells and step.evidence == "Protected Access":
				cells, median = self._protected_access(filed), ".."
			found[step.name] = StepFigures(cells or dict.fromkeys(OUTCOMES, ".."), median)
		return found

	def step_cells(self, step: str, period: str | None = None) -> dict[str, int | str]:
		"""Return the published outcomes of one step; nothing where it is not published by itself."""
		return self.cells(STEP, step or "", period)

	def _protected_access(self, filed):
		"""The row on protected access follows from those on the filing and from what was asked and answered."""
		act, asked = self.step_cells(filed), self.cells(PROTECTED_ACCESS)
		if not act:
			return None
		if not any(asked.values()) and all(act[outcome] == 0 for outcome in DONE):
			return act
		if asked.get("Not Requested") == 0:
			return act
		left_out = asked.get("Not Requested", "..")
		whole = all(isinstance(number, int) for number in (left_out, act[NOT_NEEDED]))
		return {
			**dict.fromkeys(DONE, ".."),
			NOT_NEEDED: act[NOT_NEEDED] + left_out if whole else "..",
			WAITING: act[WAITING],
			OVERDUE: act[OVERDUE],
		}
