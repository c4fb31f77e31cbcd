from frappe import _

from hot_rutin.case.checklist import steps_for
from hot_rutin.figures import counts, reports
from hot_rutin.figures.counts import DONE, IN_TIME, LATE, NOT_NEEDED, OVERDUE, WAITING, StepFigures
from hot_rutin.figures.disclosure import share, total


def execute(filters=None):
	"""Per step of the routine: in how many cases it is done, not needed, waiting or overdue, and how soon it was done."""
	return reports.made(filters, "Incident", list_steps, counted, added_up, columns, shown)


def counted(filters):
	return counts.steps(reports.chosen_cases(filters))


def added_up(published):
	return published.steps()


def shown(filters, found):
	rows = [
		row_of(step, found.get(step.name) or StepFigures())
		for step in steps_for()
		if filters.responsible_role in (None, step.responsible_role)
	]
	return rows, chart(rows, filters), summaries(found)


def columns(of_cases):
	return [
		reports.column(_("Step"), "step_number", width=70),
		reports.column(_("Action"), "title", width=260),
		reports.column(_("Responsible"), "responsible", width=190),
		*reports.figure_columns(
			of_cases,
			("done", _("Done")),
			("not_needed", _("Not Needed")),
			("waiting", _("Waiting")),
			("overdue", _("Overdue")),
		),
		reports.column(_("Done in Time"), "in_time", width=110),
		reports.column(_("Median Hours From the Report"), "median", width=190),
	]


def row_of(step, found):
	cells = found.cells
	return {
		"step": step.name,
		"has_deadline": bool(step.deadline),
		"step_number": step.step_number,
		"title": step.title,
		"responsible": _(step.responsible_role),
		"done": total([cells[outcome] for outcome in DONE]),
		"not_needed": cells[NOT_NEEDED],
		"waiting": cells[WAITING],
		"overdue": cells[OVERDUE],
		"in_time": reports.percent(share(cells[IN_TIME], cells[LATE], cells[OVERDUE])),
		"median": reports.hours(found.median),
	}


def chart(rows, filters):
	"""By step number, or with `lead_times` how many days it takes until the first step of each with a deadline is done."""
	by_number = {}
	for row in rows:
		by_number.setdefault(row["step_number"], []).append(row)
	if filters.lead_times:
		medians = {
			number: next((row["median"] for row in those if row["has_deadline"]), None)
			for number, those in by_number.items()
		}
		days = {number: median for number, median in medians.items() if median is not None}
		return reports.kinds(
			_("Days"),
			{
				number: median if isinstance(median, str) else round(median / 24, 1)
				for number, median in days.items()
			},
		)
	names = {"Done": "done", "Not Needed": "not_needed", "Waiting": "waiting", "Overdue": "overdue"}
	sums = {
		number: {key: total([row[key] for row in those]) for key in names.values()}
		for number, those in by_number.items()
	}
	return reports.bars(
		[reports.chart_label(number, *one.values()) for number, one in sums.items()],
		{name: [reports.in_chart(one[key]) for one in sums.values()] for name, key in names.items()},
		["#48BB74", "#A0AEC0", "#ECC94B", "#E24C4C"],
		stacked=True,
	)


def summaries(found):
	"""Over all steps together: how many had a deadline that has been met or has passed, and how many were in time."""
	in_time, late, overdue = (
		total([one.cells[o] for one in found.values()]) for o in (IN_TIME, LATE, OVERDUE)
	)
	return [
		reports.summary(reports.percent(share(in_time, late, overdue)), _("Done in Time"), "green"),
		reports.summary(late, _("Done Late"), "orange"),
		reports.summary(overdue, _("Overdue"), "red"),
	]


def list_steps(filters):
	role = (
		f"and step.step in (select name from `tabRoutine Step` where responsible_role = {counts.quoted(filters.responsible_role)})"
		if filters.responsible_role
		else ""
	)
	found = reports.list_of_cases(
		[
			reports.case_column(),
			reports.column(_("Step"), "title", width=320),
			reports.column(_("Status"), "status", width=120),
			reports.column(_("Due"), "due_on", "Datetime", 150),
			reports.column(_("Done On"), "done_on", "Datetime", 150),
			reports.column(_("Done By"), "done_by", width=150),
		],
		f"""select `tabIncident`.name as case_name, step.title, {counts.step_outcome()} as status, step.due_on, step.done_on,
		step.done_by from {counts.STEPS_OF_CASES} where {reports.chosen_cases(filters).where} {role}
		order by `tabIncident`.reported_on desc, `tabIncident`.name, step.idx""",
	)
	for row in found[1]:
		row.status = _(row.status)
	return found
