from frappe import _

from hot_rutin.access.conditions import reading_condition
from hot_rutin.case.checklist import steps_for
from hot_rutin.figures import counts, reports
from hot_rutin.figures.counts import (
	DONE,
	IN_TIME,
	LATE,
	NOT_NEEDED,
	OUTCOMES,
	OVERDUE,
	PROTECTION,
	UNTIMED,
	WAITING,
)
from hot_rutin.figures.disclosure import share, total
from hot_rutin.figures.publication import FILED, PROTECTED_ACCESS

SHOWN = {
	IN_TIME: "Filed in Time",
	LATE: "Filed Late",
	UNTIMED: "Filed, No Deadline",
	WAITING: "Not Filed Yet",
	OVERDUE: "Not Filed, Overdue",
	NOT_NEEDED: "Not Wanted or Withdrawn",
}


def execute(filters=None):
	"""3.1.3: what became of the police reports, how long from the decision to the filing, and of protected access."""
	return reports.made(filters, "Police Report", list_reports, counted, added_up, columns, shown)


def counted(filters):
	found, protection = counts.police_reports(chosen(filters))
	return found.cells, found.median, protection


def added_up(published):
	filed = next((step.name for step in steps_for() if step.evidence == FILED), "")
	return (
		published.step_cells(filed) or dict.fromkeys(OUTCOMES, ".."),
		published.median(FILED),
		published.cells(PROTECTED_ACCESS) or dict.fromkeys(PROTECTION, ".."),
	)


def shown(_filters, found):
	cells, median, protection = found
	filed = total([cells[outcome] for outcome in DONE])
	asked = total([protection[answer] for answer in PROTECTION if answer != "Not Requested"])
	rows = [
		*(
			{"key": outcome, "part": _("The Report"), "what": _(label), "number": cells[outcome]}
			for outcome, label in SHOWN.items()
			if outcome != UNTIMED or cells[outcome]
		),
		{"key": "Requested", "part": _("Protected Access"), "what": _("Requested"), "number": asked},
		*(
			{"key": answer, "part": _("Protected Access"), "what": _(answer), "number": protection[answer]}
			for answer in PROTECTION
		),
	]
	drawn = rows[: len(rows) - len(PROTECTION) - 1]
	return (
		rows,
		reports.kinds(_("Police Reports"), {row["what"]: row["number"] for row in drawn}),
		[
			reports.summary(filed, _("Filed"), "green"),
			reports.summary(reports.hours(median), _("Median Hours From Decision to Filing")),
			reports.summary(
				reports.percent(share(asked, protection["Not Requested"])),
				_("Protected Access Requested"),
				"green",
			),
		],
	)


def chosen(filters):
	chosen = [f"({reading_condition('Police Report')})"]
	chosen += counts.between("`tabPolice Report`.requested_on", filters.from_date, filters.to_date)
	return " and ".join(chosen)


def columns(of_cases):
	return [
		reports.column(_("About"), "part", width=190),
		reports.column(_("What"), "what", width=260),
		*reports.figure_columns(of_cases, ("number", _("Number"))),
	]


def list_reports(filters):
	found = reports.list_of_cases(
		[
			reports.case_column("Police Report"),
			reports.column(_("State"), "workflow_state", width=140),
			reports.column(_("Decided On"), "decided_on", "Datetime", 160),
			reports.column(_("Requested On"), "requested_on", "Datetime", 160),
			reports.column(_("Due"), "due_on", "Datetime", 160),
			reports.column(_("Filed On"), "filed_on", "Datetime", 160),
			reports.column(_("Protected Access"), "protected_access", width=160),
			reports.column(_("Answer on Protected Access"), "protected_access_answer", width=190),
		],
		f"""select name as case_name, workflow_state, decided_on, requested_on, due_on, filed_on, protected_access,
		protected_access_answer from `tabPolice Report` where {chosen(filters)} order by requested_on desc""",
	)
	for row in found[1]:
		for fieldname in ("workflow_state", "protected_access", "protected_access_answer"):
			row[fieldname] = _(row[fieldname] or "")
	return found
