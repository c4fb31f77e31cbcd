import frappe
from frappe import _

from hot_rutin.figures import counts, reports
from hot_rutin.figures.counts import AXES, MASTERS
from hot_rutin.figures.publication import ACROSS, AXIS, CASES, DOWN


def execute(filters=None):
	"""How many cases there are of each kind: one axis down, another or the published periods across.

	The axes are those of Brå's Politikernas trygghetsundersökning; what cases can have on each is data.
	"""
	filters = reports.choices(filters)
	axis = filters.axis if filters.axis in AXES else "Category"
	of_cases, message = reports.reads_cases("Incident"), None
	if of_cases and filters.cases:
		return list_incidents(filters)
	if of_cases:
		across = filters.across if filters.across in AXES and filters.across != axis else None
		counted = counts.by_axes(reports.chosen_cases(filters), axis, across)
		heads = sorted({other for _one, other in counted if other}, key=order_on(across))
		table = {one: [counted.get((one, other), 0) for other in heads] for one, _other in counted}
		sums = {
			one: sum(number for (value, _other), number in counted.items() if value == one) for one in table
		}
		whole = sum(sums.values())
		labels = [counts.label_of(across, head) for head in heads]
	else:
		if axis in ("Quarter", "Year"):
			axis = "Month"
		as_table = {axis, filters.across} == {DOWN, ACROSS}
		published, message = reports.published(filters, *((DOWN, ACROSS) if as_table else ()))
		if not published.periods:
			return columns(of_cases, axis, []), [], message
		sums = published.cells(AXIS, axis)
		whole = published.cells(CASES)[""]
		if as_table:
			by_both = published.table() if axis == DOWN else turned(published.table())
			heads = sorted(published.cells(AXIS, filters.across), key=order_on(filters.across))
			labels = [counts.label_of(filters.across, head) for head in heads]
			table = {one: [by_both.get((one, head), "..") for head in heads] for one in sums}
		else:
			heads = [period.name for period in published.periods]
			labels = heads if len(heads) > 1 else []
			by_period = {name: published.cells(AXIS, axis, name) for name in heads}
			table = {one: [by_period[name].get(one, 0) for name in heads] if labels else [] for one in sums}
	rows = [
		{
			"key": one,
			"value": counts.label_of(axis, one),
			**{f"n{number}": figure for number, figure in enumerate(table[one])},
			"total": sums[one],
		}
		for one in sorted(table, key=order_on(axis))
	]
	return (
		columns(of_cases, axis, labels),
		rows,
		message,
		# Bars of parts that are mostly hidden would be read as if the rest were nothing.
		chart(axis, rows, labels if of_cases or not as_table else []),
		[reports.summary(whole, _("Cases"))],
	)


def turned(table):
	return {(column, row): figure for (row, column), figure in table.items()}


def order_on(axis):
	"""Months and years by time, what is recorded by name, and what is not recorded last."""
	return lambda value: (value == counts.NOT_RECORDED, counts.label_of(axis, value).casefold())


def columns(of_cases, axis, labels):
	return [
		reports.column(_(axis), "value", width=220),
		*reports.figure_columns(
			of_cases, *((f"n{number}", label) for number, label in enumerate(labels)), width=140
		),
		*reports.figure_columns(of_cases, ("total", _("Total"))),
	]


def chart(axis, rows, labels):
	if not labels and axis in MASTERS:
		return reports.kinds(_(axis), reports.largest_first({row["value"]: row["total"] for row in rows}))
	if not labels:
		return reports.bars(
			[reports.chart_label(row["value"], row["total"]) for row in rows],
			{"Cases": [reports.in_chart(row["total"]) for row in rows]},
		)
	return reports.bars(
		[row["value"] for row in rows],
		{label: [reports.in_chart(row[f"n{number}"]) for row in rows] for number, label in enumerate(labels)},
		stacked=True,
	)


def list_incidents(filters):
	axes = ("Category", "Channel", "Place", "Perpetrator", "Consequence")
	found = reports.list_of_cases(
		[
			reports.case_column(),
			reports.column(_("Reported On"), "reported_on", "Datetime", 160),
			*(reports.column(_(axis), frappe.scrub(axis), width=160) for axis in axes),
			reports.column(_("State"), "workflow_state", width=160),
		],
		f"""select name as case_name, reported_on, workflow_state,
		{", ".join(f"{AXES[axis]} as {frappe.scrub(axis)}" for axis in axes)}
		from `tabIncident` where {reports.chosen_cases(filters).where} order by reported_on desc""",
	)
	for row in found[1]:
		row.workflow_state = _(row.workflow_state)
	return found
