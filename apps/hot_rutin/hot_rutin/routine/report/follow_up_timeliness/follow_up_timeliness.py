from frappe import _

from hot_rutin.case.checklist import steps_for
from hot_rutin.figures import counts, reports
from hot_rutin.figures.counts import IN_TIME, LATE, OUTCOMES, OVERDUE, WAITING, StepFigures
from hot_rutin.figures.disclosure import share, total


def execute(filters=None):
	"""3.2.4: whether the first conversation was held in time, that is within two weeks (see settings) of the event.

	By month of report; for managers by published period.
	"""
	return reports.made(filters, "Incident", list_follow_ups, counted, added_up, columns, shown)


def counted(filters):
	found = counts.conversations(reports.chosen_cases(filters))
	median = found.pop("").median
	return sorted(found.items()), median


def added_up(published):
	held = next((step.name for step in steps_for() if step.evidence == "Conversation"), "")
	by_time = [
		(
			period.name,
			StepFigures(
				published.step_cells(held, period.name) or dict.fromkeys(OUTCOMES, 0),
				published.median("Conversation", period.name),
			),
		)
		for period in published.periods
	]
	return by_time, published.median("Conversation")


def shown(_filters, found):
	by_time, median = found
	rows = [
		{
			"time": time,
			"in_time": one.cells[IN_TIME],
			"late": one.cells[LATE],
			"waiting": one.cells[WAITING],
			"overdue": one.cells[OVERDUE],
			"share": reports.percent(share(one.cells[IN_TIME], one.cells[LATE], one.cells[OVERDUE])),
			"median": reports.hours(one.median),
		}
		for time, one in by_time
	]
	in_time, late, overdue = (
		total([one.cells[o] for _time, one in by_time]) for o in (IN_TIME, LATE, OVERDUE)
	)
	return (
		rows,
		chart(rows),
		[
			reports.summary(reports.percent(share(in_time, late, overdue)), _("Share Held in Time"), "green"),
			reports.summary(reports.hours(median), _("Median Days From the Event")),
			reports.summary(overdue, _("Overdue"), "red"),
		],
	)


def columns(of_cases):
	return [
		reports.column(_("Reported"), "time", width=180),
		*reports.figure_columns(
			of_cases,
			("in_time", _("Held in Time")),
			("late", _("Held Late")),
			("waiting", _("Waiting")),
			("overdue", _("Overdue")),
		),
		reports.column(_("Share Held in Time"), "share", width=160),
		reports.column(_("Median Days From the Event"), "median", width=200),
	]


def chart(rows):
	names = {"Held in Time": "in_time", "Held Late": "late", "Waiting": "waiting", "Overdue": "overdue"}
	return reports.bars(
		[reports.chart_label(row["time"], *(row[key] for key in names.values())) for row in rows],
		{name: [reports.in_chart(row[key]) for row in rows] for name, key in names.items()},
		["#48BB74", "#ED8936", "#ECC94B", "#E24C4C"],
		stacked=True,
	)


def list_follow_ups(filters):
	found = reports.list_of_cases(
		[
			reports.case_column("Follow-up"),
			reports.column(_("Event On"), "event_on", "Datetime", 160),
			reports.column(_("First Conversation No Later Than"), "due_on", "Datetime", 200),
			reports.column(_("Held On"), "done_on", "Datetime", 160),
			reports.column(_("Status"), "status", width=140),
		],
		f"""select `tabIncident`.follow_up as case_name, `tabIncident`.event_on, step.due_on, step.done_on,
		{counts.step_outcome()} as status from {counts.STEPS_OF_CASES}
		where step.step in ({counts.FIRST_CONVERSATION}) and {reports.chosen_cases(filters).where}
		order by `tabIncident`.event_on desc""",
	)
	for row in found[1]:
		row.status = _(row.status)
	return found
