"""Who gets which figures: each role its own reports, of its own cases, by the desk and by export; what lists cases is logged;
what is mailed, prepared or drawn tells nobody more."""

import io
import json
import re
from collections import Counter

import frappe
import generated_year
import openpyxl
import pytest
from reports import ALLOWED, REPORTS, RUN, YEAR, run
from world import now, site

EXPORT = "/api/method/frappe.desk.query_report.export_query"
CASE = re.compile(r"\b[HPU]-[2-9A-Z]{4}-[2-9A-Z]{4}\b")


@pytest.fixture(scope="module")
def year(stack):
	with generated_year.made(stack, 60, 8) as year:
		yield year


def ask(person, report, filters, way=RUN, **more):
	return person.desk.get(way, params={"report_name": report, "filters": json.dumps(filters), **more})


@pytest.mark.parametrize("report", ALLOWED)
def test_each_report_is_for_the_roles_of_the_design(world, report):
	for role, person in world.people.items():
		for way in (RUN, EXPORT):
			answer = ask(person, report, {}, way, file_format_type="CSV", visible_idx="[]")
			expected = 200 if role in ALLOWED[report] else 403
			assert answer.status_code == expected, f"{role} {way}: {answer.text[:300]}"


def test_the_site_administrator_gets_no_figures(world, http):
	from provision import settings
	from provision.site import administrator_password_file

	desk = http("Administrator", administrator_password_file(settings.bench(test=True)).read_text())
	for report in ALLOWED:
		answer = desk.get(RUN, params={"report_name": report, "filters": "{}"})
		assert answer.status_code == 403, (report, answer.text[:300])


def test_the_user_that_a_client_names_changes_nothing(year):
	for report in REPORTS:
		own = run(year.officer, report, **YEAR)
		for user in (year.other_officer.user, year.strategist.user, "Administrator"):
			answer = ask(year.officer, report, YEAR, user=user, ignore_prepared_report="0")
			assert answer.json()["message"]["result"] == own["result"]


def read_by(stack, person, way="Report"):
	with site(stack):
		return Counter(
			frappe.get_all("Incident Access Log", filters={"user": person.user, "way": way}, pluck="document")
		)


@pytest.mark.parametrize("report", REPORTS)
def test_listing_cases_shows_ones_own_and_is_logged(year, stack, report):
	mine = {row["name"][2:] for row in year.rows["Incident"] if row["party"] == year.parties[0]}
	before = read_by(stack, year.officer)
	figures = run(year.officer, report, **YEAR)
	assert not CASE.search(json.dumps(figures))
	assert read_by(stack, year.officer) == before, "figures are no reading of a case"
	filters = {**YEAR, "to_date": "2020-03-01", "cases": 1}
	found = run(year.officer, report, **filters)["result"]
	names = {row["case_name"] for row in found}
	assert names and {name[2:] for name in names} <= mine
	assert read_by(stack, year.officer) - before == Counter(names)
	every = json.dumps(list(range(len(found))))
	answer = ask(year.officer, report, filters, EXPORT, file_format_type="Excel", visible_idx=every)
	cells = {
		str(cell.value) for row in openpyxl.load_workbook(io.BytesIO(answer.content)).active for cell in row
	}
	assert names <= cells
	assert read_by(stack, year.officer) - before == Counter(names) + Counter(names)


def test_what_is_listed_is_what_is_counted(year):
	for person in (year.officer, year.strategist):
		listed = run(person, "Overdue Steps", **YEAR, cases=1)["result"]
		assert len(listed) == sum(row["overdue"] for row in run(person, "Overdue Steps", **YEAR)["result"])
		listed = run(person, "Incident Statistics", **YEAR, cases=1)["result"]
		assert len(listed) == run(person, "Incident Statistics", **YEAR)["report_summary"][0]["value"]


def test_a_manager_lists_no_case_and_reads_none(year, stack):
	for report in REPORTS:
		for filters in (YEAR, {**YEAR, "cases": 1}):
			assert not CASE.search(ask(year.manager, report, filters).text)
			answer = ask(year.manager, report, filters, EXPORT, file_format_type="CSV", visible_idx="[]")
			assert answer.status_code == 200 and not CASE.search(answer.text)
	assert not read_by(stack, year.manager)


def test_published_figures_are_read_by_managers_and_changed_by_nobody(year, world, stack):
	with site(stack):
		period = frappe.get_all("Published Figures", filters={"from_date": "2019-04-01"}, pluck="name")[0]
	assert year.manager.may_read("Published Figures", period)
	for role, person in world.people.items():
		assert person.may_read("Published Figures", period) == (role == "manager"), role
	assert year.manager.put("Published Figures", period, from_date="2018-01-01").status_code == 403
	with site(stack):
		with pytest.raises(frappe.PermissionError):
			frappe.delete_doc("Published Figures", period)
		with pytest.raises(frappe.DuplicateEntryError):
			from hot_rutin.figures.publication import publish

			publish(frappe.utils.getdate("2019-04-01"), frappe.utils.getdate("2019-06-30"))


def test_periods_are_published_once_in_a_row_and_after_the_wait(stack):
	"""Whatever day the job runs on, and whatever the period is set to in between."""
	from hot_rutin.figures import publication

	with site(stack):
		frappe.db.delete("Published Figures")
		settings = frappe.get_single("Hot Rutin Settings")
		frappe.db.sql("update `tabIncident` set reported_on = greatest(reported_on, '2025-02-03 10:00')")
		for today, length, wait in (
			("2025-04-29", "Quarter", 30),
			("2025-05-01", "Quarter", 30),
			("2025-05-02", "Year", 30),
			("2026-01-31", "Year", 30),
			("2026-11-01", "Half-Year", 30),
		):
			settings.db_set({"figures_period": length, "figures_wait_days": wait})
			publication.today, real = lambda today=today: today, publication.today
			publication.frappe.db.commit, commit = lambda: None, publication.frappe.db.commit
			try:
				publication.publish_closed_periods()
			finally:
				publication.today, publication.frappe.db.commit = real, commit
		found = frappe.get_all("Published Figures", fields=["from_date", "to_date"], order_by="from_date")
		assert [(str(one.from_date), str(one.to_date)) for one in found] == [
			("2025-01-01", "2025-03-31"),
			("2025-04-01", "2025-12-31"),
			("2026-01-01", "2026-06-30"),
		]


# --- not by the side


def test_in_the_background_nobody_gets_figures_of_cases(year, stack):
	"""What a job prepares or mails: published figures for managers and in nobody's name, nothing for anybody else."""
	with site(stack):
		report = frappe.get_doc("Report", "Incident Statistics")
		# As the mail asks: not for what is stored, which Frappe turns on for a report that once took long.
		_columns, published = report.get_data(
			filters=dict(YEAR), user=year.officer.user, ignore_prepared_report=True
		)
		figures = [
			(row["key"], row["total"]) for row in run(year.manager, "Incident Statistics", **YEAR)["result"]
		]
		assert [(row["key"], row["total"]) for row in published] == figures
		for person in (year.officer, year.strategist):
			frappe.set_user(person.user)
			with pytest.raises(frappe.PermissionError):
				frappe.get_doc("Report", "Incident Statistics").get_data(
					filters=dict(YEAR), ignore_prepared_report=True
				)


def test_a_report_is_never_taken_from_store(year, stack):
	"""Frappe turns on storing for a report that took long; ours are counted anew for each reader all the same."""
	before = run(year.officer, "Incident Statistics", **YEAR)["result"]
	with site(stack):
		frappe.db.set_value("Report", "Incident Statistics", "prepared_report", 1)
		frappe.db.commit()
		frappe.clear_cache(doctype="Report")
	try:
		answer = ask(year.officer, "Incident Statistics", YEAR, user=year.strategist.user)
		assert answer.json()["message"]["result"] == before
	finally:
		with site(stack):
			frappe.db.set_value("Report", "Incident Statistics", "prepared_report", 0)
			frappe.db.commit()


def test_a_column_of_a_case_cannot_be_added(year):
	column = {
		"doctype": "Incident",
		"fieldname": "what_happened",
		"link_field": "case_name",
		"insert_after_index": 0,
	}
	answer = ask(year.officer, "Overdue Steps", {**YEAR, "cases": 1}, custom_columns=json.dumps([column]))
	assert answer.status_code == 403
	answer = year.officer.desk.post(
		"/api/method/frappe.desk.query_report.save_report",
		data={
			"reference_report": "Overdue Steps",
			"report_name": "x",
			"columns": json.dumps([column]),
			"filters": "{}",
		},
	)
	assert answer.status_code == 403


def test_charts_are_drawn_for_each_reader_and_kept_for_nobody(year, stack):
	with site(stack):
		charts = frappe.get_all("Dashboard Chart", filters={"module": "Routine"}, fields=["*"])
		cards = frappe.get_all("Number Card", filters={"module": "Routine", "type": "Report"})
	assert charts and not cards
	for chart in charts:
		# Frappe keeps the results of every other kind by the chart's name, and shows them to the next reader.
		assert chart.chart_type == "Report" and chart.use_report_chart, chart.name
		filters = {**json.loads(chart.filters_json), **YEAR, "to_date": "2020-03-01"}
		readers = [
			person
			for person in (year.officer, year.other_officer, year.strategist, year.manager)
			if ask(person, chart.report_name, filters).status_code == 200
		]
		first = [run(person, chart.report_name, **filters)["chart"]["data"] for person in readers]
		again = [run(person, chart.report_name, **filters)["chart"]["data"] for person in readers[::-1]][::-1]
		assert first == again
		if chart.name == "Cases by Month":
			assert len({json.dumps(data) for data in first}) == len(readers), "each reader has other cases"
		for person in readers:
			answer = person.desk.post(
				"/api/method/frappe.desk.doctype.dashboard_chart.dashboard_chart.get",
				data={"chart_name": chart.name, "refresh": "1"},
			)
			assert answer.status_code >= 400 or not answer.json().get("message")


# --- the auditor


def test_the_auditor_counts_readings(year, stack):
	run(year.officer, "Overdue Steps", **YEAR, cases=1)
	case = next(row["name"] for row in year.rows["Incident"] if row["party"] == year.parties[0])
	assert year.officer.may_read("Incident", case)
	today = now()[:10]
	with site(stack):
		log = frappe.get_all("Incident Access Log", fields=["*"])
	for filters in (
		{},
		{"user": year.officer.user},
		{"case_name": case},
		{"from_date": today, "to_date": today},
		{"to_date": "2001-01-01"},
	):
		mine = [
			row
			for row in log
			if all(row[key] == filters[key] for key in ("user", "case_name") if key in filters)
			and filters.get("from_date", "") <= str(row.read_on)[:10] <= filters.get("to_date", "9999")
		]
		found = run(year.auditor, "Access Log", **filters)
		expected = {}
		for row in mine:
			expected.setdefault((row.user, row.full_name), []).append(row)
		assert {(row["user"], row["full_name"]): (row["readings"], row["cases"], row["forms"], row["lists"], row["papers"], row["files"], row["last_read"]) for row in found["result"]} == {
			who: (
				len(rows),
				len({row.case_name for row in rows}),
				sum(row.way == "Form" for row in rows),
				sum(row.way == "List" for row in rows),
				sum(row.way in ("Print", "PDF") for row in rows),
				sum(row.way == "File" for row in rows),
				str(max(row.read_on for row in rows)),
			)
			for who, rows in expected.items()
		}  # fmt: skip
		assert [part["value"] for part in found["report_summary"]] == [len(mine), len(expected)]
		listed = run(year.auditor, "Access Log", **filters, readings=1)["result"]
		assert len(listed) == min(len(mine), 500)
	assert run(year.auditor, "Access Log", case_name=case)["result"]
	assert not read_by(stack, year.auditor), "reading the log is no reading of a case"


# --- by e-mail


def test_managers_get_published_figures_by_mail(year, world, stack, mailbox):
	from frappe.email.doctype.auto_email_report.auto_email_report import send_monthly
	from hot_rutin.figures.mail import MAILED, follow_settings

	settings = world.administrator.read("Hot Rutin Settings", "Hot Rutin Settings")
	assert world.administrator.save({**settings, "figures_by_mail": 1}).status_code == 200
	try:
		with site(stack):
			follow_settings()
			send_monthly()
			frappe.db.commit()
		seen = set()
		for _report in MAILED:
			message = mailbox.wait_for(year.manager.user, lambda message: message["Subject"] not in seen)
			seen.add(message["Subject"])
			html = message.get_body(("html",)).get_content()
			assert "de som är under fem är dolda" in html.lower()
			assert not CASE.search(message.as_string()) and not re.search(r">\s*[1-4]\s*</td>\s*</tr>", html)
		assert seen == {"Så följs rutinen", "Uppföljning i tid"}
		to = {address for message in mailbox.messages() if message["Subject"] in seen for address in message["X-Envelope-To"].split(", ")}  # fmt: skip
		with site(stack):
			managers = frappe.get_all(
				"Has Role", filters={"role": "Routine Manager", "parenttype": "User"}, pluck="parent"
			)
		assert world.manager.user in to and to <= set(managers)
	finally:
		settings = world.administrator.read("Hot Rutin Settings", "Hot Rutin Settings")
		assert world.administrator.save({**settings, "figures_by_mail": 0}).status_code == 200
		with site(stack):
			follow_settings()
			assert not frappe.get_all("Auto Email Report", filters={"enabled": 1})
			frappe.db.commit()
