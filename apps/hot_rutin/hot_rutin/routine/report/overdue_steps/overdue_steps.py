import frappe
from frappe import _

from hot_rutin.case.checklist import steps_for
from hot_rutin.figures import counts, reports
from hot_rutin.figures.counts import OVERDUE
from hot_rutin.figures.disclosure import total


def execute(filters=None):
	"""Per responsible role and step: in how many cases it is overdue. With the cases shown: each of them, the latest first."""
	return reports.made(filters, "Incident", list_overdue, counted, added_up, columns, shown)


def counted(filters):
	return counts.overdue(reports.chosen_cases(filters))


def added_up(published):
	return {step: one.cells[OVERDUE] for step, one in published.steps().items()}


def shown(filters, found):
	rows = [
		{
			"step": step.name,
			"responsible": _(step.responsible_role),
			"step_number": step.step_number,
			"title": step.title,
			"overdue": found.get(step.name, 0),
		}
		for step in sorted(steps_for(), key=lambda step: _(step.responsible_role))
		if step.deadline and filters.responsible_role in (None, step.responsible_role)
	]
	by_role = {}
	for row in rows:
		by_role.setdefault(row["responsible"], []).append(row["overdue"])
	by_role = {role: total(numbers) for role, numbers in by_role.items()}
	chart = reports.kinds(_("Overdue"), reports.largest_first(by_role))
	summary = [
		reports.summary(number, role, "red" if number else "green") for role, number in by_role.items()
	]
	return rows, chart, summary


def columns(of_cases):
	return [
		reports.column(_("Responsible"), "responsible", width=230),
		reports.column(_("Step"), "step_number", width=80),
		reports.column(_("Action"), "title", width=320),
		*reports.figure_columns(of_cases, ("overdue", _("Overdue"))),
	]


def list_overdue(filters):
	now = counts.quoted(frappe.utils.now_datetime())
	role = (
		f"and rule.responsible_role = {counts.quoted(filters.responsible_role)}"
		if filters.responsible_role
		else ""
	)
	found = reports.list_of_cases(
		[
			reports.case_column(),
			reports.column(_("Step"), "title", width=320),
			reports.column(_("Responsible"), "responsible_role", width=230),
			reports.column(_("Due"), "due_on", "Datetime", 160),
			reports.column(_("Days Late"), "days_late", "Int", 110),
		],
		f"""select `tabIncident`.name as case_name, step.title, rule.responsible_role, step.due_on,
		timestampdiff(day, step.due_on, {now}) as days_late
		from {counts.STEPS_OF_CASES} join `tabRoutine Step` rule on rule.name = step.step and rule.is_active = 1
		where step.status = 'Waiting' and step.due_on < {now} and {reports.chosen_cases(filters).where} {role}
		order by step.due_on""",
	)
	for row in found[1]:
		row.responsible_role = _(row.responsible_role)
	return found
