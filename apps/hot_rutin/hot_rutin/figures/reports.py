"""What the app's reports have in common: whose cases they count for whom, and how figures and cases are shown.

Somebody who reads cases gets exact figures of those cases, live, and may list them. A manager gets what is published. The
two are never mixed.
"""

import frappe
from frappe import _

from hot_rutin.access.conditions import reading_condition, roles_of
from hot_rutin.access.policy import MANAGER, READERS
from hot_rutin.access.reading_log import is_report
from hot_rutin.figures.counts import Cases
from hot_rutin.figures.disclosure import LEAST, OTHERS
from hot_rutin.figures.publication import Published

# First options of the filters: an empty one would show Frappe's placeholder, which it does not translate.
NO_CHOICE = (None, "", "Any Role", "Not Divided")
# Most rows of a list of cases.
MOST_CASES = 500


def reads_cases(document: str) -> bool:
	"""Return whether the signed-in user gets figures of cases: by their `document`, which they have a capacity to read.

	False is: published figures. Raises `frappe.PermissionError` for whoever gets neither. What is mailed, or prepared in the
	background, holds published figures only, whoever asked for it.
	"""
	if is_report() and roles_of().intersection(READERS[document]):
		return True
	if MANAGER in roles_of():
		return False
	if not frappe.request and frappe.session.user == "Administrator":
		# Mailed by the scheduler, in nobody's name and no language of its own.
		frappe.local.lang = frappe.db.get_single_value("System Settings", "language")
		return False
	frappe.throw(_("These figures are for managers, and for those who read cases."), frappe.PermissionError)


def made(filters: dict | None, document: str, listed, counted, added_up, columns, shown) -> tuple:
	"""Return a report as Frappe takes it, for whoever has signed in.

	Who reads cases by their `document` gets `counted(filters)` of their own, or with the cases shown `listed(filters)`; a
	manager gets `added_up(published)`. `shown(filters, found)` makes rows, chart and summary of either.
	"""
	filters = choices(filters)
	of_cases, message = reads_cases(document), None
	if of_cases and filters.cases:
		return listed(filters)
	if of_cases:
		found = counted(filters)
	else:
		figures, message = published(filters)
		if not figures.periods:
			return columns(of_cases), [], message
		found = added_up(figures)
	rows, chart, summary = shown(filters, found)
	return columns(of_cases), rows, message, chart, summary


def choices(filters: dict | None) -> frappe._dict:
	"""Return what the reader has chosen, without the filters that choose nothing."""
	return frappe._dict({name: value for name, value in (filters or {}).items() if value not in NO_CHOICE})


def chosen_cases(filters) -> Cases:
	"""Return the cases that the signed-in user may read, as the `filters` choose among them."""
	return Cases(
		reading_condition("Incident"),
		filters.from_date,
		filters.to_date,
		filters.category,
		filters.channel,
	)


def published(filters, *divided_by: str) -> tuple[Published, str]:
	"""Return the published figures that the `filters` choose, and what a manager must know to read them.

	`divided_by` are the two axes of a table that is published, if the filters choose one.
	"""
	found = Published(filters.from_date, filters.to_date)
	if not found.periods:
		return found, _(
			"No figures are published for this time yet. They are published for a whole period, some weeks after its end."
		)
	told = [
		_("Cases reported {0} to {1}, as they stood on {2}.").format(
			found.periods[0].from_date,
			found.periods[-1].to_date,
			", ".join(dict.fromkeys(f"{period.published_on:%Y-%m-%d}" for period in found.periods)),
		),
		_(
			"Figures from 1 to 4 are hidden (..), and others from which they could be worked out. 0 is none; 12+ is at least 12."
		),
	]
	if divided_by:
		told.append(
			_(
				"Of this table only numbers from {0} are shown, with at least {1} other cases in their row and their column; if a small number could be worked out from them, none."
			).format(LEAST, OTHERS)
		)
	if any(
		filters.get(name) for name in ("category", "channel", "cases", *([] if divided_by else ["across"]))
	):
		told.append(
			_("Published figures are not divided further, and list no cases: those choices do nothing here.")
		)
	return found, " ".join(told)


def column(label: str, fieldname: str, fieldtype: str = "Data", width: int = 120, **more) -> dict:
	"""Return a column; `label` is translated already."""
	return {"label": label, "fieldname": fieldname, "fieldtype": fieldtype, "width": width, **more}


def figure_columns(of_cases: bool, *names: tuple[str, str], width: int = 110) -> list[dict]:
	"""Return columns of figures: numbers, or text where some may be hidden."""
	return [column(label, fieldname, "Int" if of_cases else "Data", width) for fieldname, label in names]


def hours(value) -> int | float | str | None:
	"""Return a median as it is shown: whole where it is whole."""
	return int(value) if isinstance(value, float) and value.is_integer() else value


def in_chart(figure: int | str) -> int:
	"""Return what a chart draws for a figure: nothing where it is hidden (see `chart_label`)."""
	return figure if isinstance(figure, int | float) else 0


def chart_label(label: str, *figures: int | str) -> str:
	"""Return a label that tells nothing from hidden."""
	return f"{label} .." if any(isinstance(figure, str) for figure in figures) else label


def bars(
	labels: list[str], values: dict[str, list], colors: list[str] | None = None, stacked: bool = False
) -> dict:
	"""Return a bar chart; `values` are named in English, and their names shown in the reader's language."""
	return {
		"type": "bar",
		"data": {
			"labels": labels,
			"datasets": [{"name": _(name), "values": row} for name, row in values.items()],
		},
		"barOptions": {"stacked": stacked, "spaceRatio": 0.4},
		"axisOptions": {"shortenYAxisNumbers": 0},
		"colors": colors
		or [
			"#449CF0",
			"#48BB74",
			"#ECC94B",
			"#ED8936",
			"#9F7AEA",
			"#A0AEC0",
			"#4FD1C5",
			"#B7791F",
			"#E24C4C",
			"#2C5282",
			"#D53F8C",
			"#4A5568",
		],
	}


def kinds(title: str, numbers: dict[str, int | str], colors: list[str] | None = None) -> dict:
	"""Return a bar chart with a bar for each kind, named in the legend: below its bar Frappe cuts a name to a few letters."""
	return bars(
		[title],
		{chart_label(label, number): [in_chart(number)] for label, number in numbers.items()},
		colors,
	)


def largest_first(numbers: dict[str, int | str]) -> dict[str, int | str]:
	"""Return the kinds that have a bar, then those that are hidden: a telephone has room for four names in a legend.

	Two are left in any case, since a single bar gets no legend.
	"""
	ordered = sorted(numbers.items(), key=lambda one: (-in_chart(one[1]), one[1] == 0))
	return dict(
		[one for one in ordered if one[1] != 0] if sum(n != 0 for n in numbers.values()) > 1 else ordered[:4]
	)


def summary(value, label: str, indicator: str = "blue") -> dict:
	"""Return one figure above a report."""
	return {
		"value": value if value is not None else "–",
		"label": label,
		"datatype": "Int" if isinstance(value, int) else "Data",
		"indicator": "grey" if value in (None, "..") else indicator,
	}


def percent(value) -> str | None:
	"""Return a share as it is shown."""
	return f"{value:g} %".replace(".", ",") if isinstance(value, int | float) else value


def list_of_cases(columns: list[dict], select: str) -> tuple:
	"""Return a report of single cases: `select` is SQL that gives each as `case_name`. The reading is logged."""
	# Raw SQL: `select` carries the reader's own condition.
	rows, message = not_too_many(frappe.db.sql(f"{select} limit {MOST_CASES + 1}", as_dict=True))
	frappe.flags.shown_in_report = {row.case_name for row in rows}
	return columns, rows, message


def not_too_many(rows: list) -> tuple[list, str | None]:
	"""Return the first `MOST_CASES` of the rows, and what to say if there are more."""
	if len(rows) <= MOST_CASES:
		return rows, None
	return rows[:MOST_CASES], _("Only the first {0} rows are shown. Choose a shorter time.").format(
		MOST_CASES
	)


def case_column(document: str = "Incident") -> dict:
	return column(_("Case"), "case_name", "Link", 150, options=document)
