import frappe
from frappe import _
from frappe.utils import getdate

from hot_rutin.access.conditions import reading_condition, roles_of
from hot_rutin.access.policy import AUDITOR
from hot_rutin.figures import counts, reports


def execute(filters=None):
	"""Who has read cases: for each person how many, how often and when last. No content. For auditors."""
	filters = reports.choices(filters)
	if AUDITOR not in roles_of():
		frappe.throw(_("This report is for auditors."), frappe.PermissionError)
	where = chosen(filters)
	if filters.readings:
		return list_readings(where)
	# Raw SQL: sums of the log, under the auditor's own condition.
	rows = frappe.db.sql(
		f"""select full_name, user, count(*) as readings, count(distinct case_name) as cases,
		sum(way = 'Form') as forms, sum(way = 'List') as lists, sum(way in ('Print', 'PDF')) as papers,
		sum(way = 'File') as files, max(read_on) as last_read
		from `tabIncident Access Log` where {where} group by user, full_name order by readings desc, user""",
		as_dict=True,
	)
	days = frappe.db.sql(
		f"""select date(read_on), count(*) from `tabIncident Access Log` where {where}
		group by date(read_on) order by date(read_on) desc limit 31"""
	)[::-1]
	chart = reports.bars(
		[str(getdate(day)) for day, _number in days], {"Readings": [number for _day, number in days]}
	)
	return (
		[
			reports.column(_("Who"), "full_name", width=200),
			reports.column(_("User"), "user", "Link", 230, options="User"),
			*reports.figure_columns(
				True,
				("readings", _("Readings")),
				("cases", _("Cases")),
				("forms", _("Form")),
				("lists", _("List")),
				("papers", _("On Paper")),
				("files", _("Files")),
			),
			reports.column(_("Last Read"), "last_read", "Datetime", 170),
		],
		rows,
		None,
		chart if days else None,
		[
			reports.summary(sum(row.readings for row in rows), _("Readings")),
			reports.summary(len(rows), _("People")),
		],
	)


def chosen(filters):
	chosen = [f"({reading_condition('Incident Access Log')})"]
	chosen += counts.between("read_on", filters.from_date, filters.to_date)
	chosen += [
		f"{name} = {counts.quoted(str(filters[name]).strip())}"
		for name in ("user", "case_name")
		if filters.get(name)
	]
	return " and ".join(chosen)


def list_readings(where):
	columns = [
		reports.column(_("Read On"), "read_on", "Datetime", 170),
		reports.column(_("Who"), "full_name", width=200),
		reports.column(_("User"), "user", "Link", 230, options="User"),
		reports.column(_("Case"), "case_name", width=150),
		reports.column(_("Document"), "document", width=150),
		reports.column(_("How"), "way", width=100),
	]
	rows = frappe.db.sql(
		f"""select read_on, full_name, user, case_name, document, way from `tabIncident Access Log`
		where {where} order by read_on desc, name limit {reports.MOST_CASES + 1}""",
		as_dict=True,
	)
	for row in rows:
		row.way = _(row.way)
	return columns, *reports.not_too_many(rows)
