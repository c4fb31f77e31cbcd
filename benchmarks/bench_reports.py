"""What the reports cost on 100,000 cases, beside the raw SQL sums that they need: ratios within one run.

The cases are a generated year of 5,000, twenty times over, in 2019 and of parties of their own, and are taken away again.
"""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import frappe
from bench_cases import in_turn, print_ratio

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
import generated_year

GENERATED, TIMES, TURNS = 5_000, 20, 3
CASES = GENERATED * TIMES
# Columns that name a case or what belongs to it.
NAMES = {"name", "parent", "incident", "police_report", "follow_up"}
# Of the same rows as the strategist, who reads the most, gets; written out by hand.
MINE = "(strategist_contacted_on is not null or led_by_strategist = 1) and reported_on >= '2019-01-01' and reported_on < '2020-01-01'"
STEPS = "`tabIncident Step` step join `tabIncident` incident on incident.name = step.parent and step.parenttype = 'Incident'"
HOURS = "if(step.status = 'Done', timestampdiff(hour, incident.reported_on, step.done_on), null)"
DAYS = "if(step.status = 'Done', timestampdiff(day, incident.event_on, step.done_on), null)"
LATE = "step.done_on > step.due_on, step.due_on < now()"
RAW = {
	"Routine Compliance": f"select step.step, step.status, {LATE}, {HOURS}, count(*) from {STEPS} where {MINE} group by 1, 2, 3, 4, 5",
	"Overdue Steps": f"select step.step, count(*) from {STEPS} where step.status = 'Waiting' and step.due_on < now() and {MINE} group by 1",
	"Incident Statistics": f"select category, channel, count(*) from `tabIncident` where {MINE} group by 1, 2",
	"Police Reports": f"""select workflow_state, filed_on > due_on, due_on < now(), protected_access, protected_access_answer,
		timestampdiff(hour, decided_on, filed_on), count(*) from `tabPolice Report`
		where incident in (select name from `tabIncident` where {MINE}) group by 1, 2, 3, 4, 5, 6""",
	"Follow-up Timeliness": f"""select left(incident.reported_on, 7), step.status, {LATE}, {DAYS}, count(*) from {STEPS}
		where step.step = '3.2.4-1' and {MINE} group by 1, 2, 3, 4, 5""",
	"Access Log": """select user, full_name, count(*), count(distinct case_name), sum(way = 'Form'), sum(way = 'List'), max(read_on)
		from `tabIncident Access Log` where read_on >= '2019-01-01' and read_on < '2020-01-01' group by 1, 2""",
}  # fmt: skip
FILTERS = {"from_date": "2019-01-01", "to_date": "2019-12-31", "across": "Channel"}


def main():
	os.chdir(os.environ["HOT_TEST_SITES"])
	stack = SimpleNamespace(site=os.environ["HOT_TEST_SITE"], sites=os.environ["HOT_TEST_SITES"])
	with generated_year.made(stack, GENERATED, publish=False) as year, generated_year.site(stack):
		try:
			multiply(year)
			measure(year)
		finally:
			take_away(year)


def measure(year):
	for table in ("Incident", "Incident Step", "Police Report", "Incident Access Log"):
		frappe.db.sql(f"analyze table `tab{table}`")
	# As the desk asks for a report.
	frappe.flags.reading = frappe._dict(way="Report", logged=set())
	for name, raw in RAW.items():
		frappe.set_user((year.auditor if name == "Access Log" else year.strategist).user)
		report = frappe.get_doc("Report", name)
		turns = in_turn(
			TURNS, lambda report=report: report.execute_module(FILTERS), lambda raw=raw: frappe.db.sql(raw)
		)
		print_ratio(f"{name} on {CASES:,} cases / its raw SQL", *turns)
	frappe.set_user("Administrator")
	published = in_turn(1, year.publish, frappe.db.rollback)[0]
	print(f"publishing four quarters of {CASES:,} cases: {published[0]:.1f} s")
	frappe.db.rollback()


def multiply(year):
	"""Write the year's rows again under other names, and two readings of each case, by two people."""
	for doctype in year.rows:
		columns = frappe.db.get_table_columns(doctype)
		for copy in range(1, TIMES):
			values = [
				f"concat(`{column}`, '-{copy}')" if column in NAMES else f"`{column}`" for column in columns
			]
			frappe.db.sql(
				f"""insert into `tab{doctype}` ({", ".join(f"`{column}`" for column in columns)})
				select {", ".join(values)} from `tab{doctype}` where {of_year(doctype, year)} and name not like '%-%-%-%'
				and {"parent" if doctype == "Incident Step" else "name"} not like '%-%-%-%'"""
			)
		frappe.db.commit()
	for way, person in (("Form", year.officer), ("List", year.strategist)):
		frappe.db.sql(
			f"""insert into `tabIncident Access Log` (name, user, full_name, case_name, document, way, read_on)
			select concat('{way}', name), %s, %s, name, name, '{way}', reported_on from `tabIncident`
			where {of_year("Incident", year)}""",
			(person.user, person.name),
		)
	frappe.db.commit()


def of_year(doctype, year):
	mine = f"select name from `tabIncident` where what_happened = 'Genererat {year.mark}'"
	return {
		"Incident": f"what_happened = 'Genererat {year.mark}'",
		"Incident Step": f"parent in ({mine})",
		"Incident Access Log": f"case_name in ({mine})",
	}.get(doctype, f"incident in ({mine})")


def take_away(year):
	frappe.set_user("Administrator")
	frappe.db.rollback()
	for doctype in ("Incident Access Log", "Incident Step", "Police Report", "Follow-up", "Incident"):
		frappe.db.sql(f"delete from `tab{doctype}` where {of_year(doctype, year)}")
	frappe.db.commit()


if __name__ == "__main__":
	main()
