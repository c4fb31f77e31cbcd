"""The demo municipality's past: cases as the app itself would have left them, and charts that show something."""

import json

import frappe
import pytest
from reports import run
from world import Person, site

# Whose workspace has which charts: these show something in a demo that was just made. Nothing of Fyrpartiet's is late.
CHARTS = {
	"Fina Fyrvakt": ("Cases by Month", "Follow-ups in Time", "Lead Times"),
	"Stina Strateg": ("Cases by Month", "Late Steps by Role", "Follow-ups in Time", "Lead Times"),
	"Kim Kommunchef": ("Police Reports Filed",),
	"Chris Chef": ("Cases by Month", "Follow-ups in Time", "Lead Times", "Cases by Category"),
	"Gun Granskare": ("Readings by Day",),
}


@pytest.fixture(scope="module")
def accounts(stack):
	return {
		one["name"]: one for one in json.loads((stack.sites / stack.site / "demo_accounts.json").read_text())
	}


def past_cases():
	return frappe.get_all(
		"Incident",
		filters={"police_report": ("is", "set"), "what_happened": ("like", "Hot om att jag ska få ångra%")},
		pluck="name",
		limit=4,
	) + frappe.get_all(
		"Incident",
		filters={"police_report": ("is", "not set"), "workflow_state": "Closed", "category": ("in", ("Trakasserier", "Våld", "Skadegörelse"))},
		pluck="name",
		limit=4,
	)  # fmt: skip


def told(doc):
	"""All that a document and its rows hold, but for when it was last saved."""
	return [
		{key: value for key, value in part.get_valid_dict(convert_dates_to_str=True).items() if key not in ("modified", "modified_by")}
		for part in [doc, *doc.get_all_children()]
	]  # fmt: skip


def test_a_past_case_is_what_the_app_would_have_made_of_it(stack):
	"""Saved anew by the app, with all its checks, each of its documents stays as it is."""
	with site(stack):
		cases = past_cases()
		assert len(cases) == 8
		for case in cases:
			incident = frappe.get_doc("Incident", case)
			assert incident.workflow_state == "Closed" and not incident.waiting_steps()
			for doctype, name in (
				("Police Report", incident.police_report),
				("Follow-up", incident.follow_up),
				("Incident", case),
			):
				if name:
					before = told(frappe.get_doc(doctype, name))
					frappe.get_doc(doctype, name).save(ignore_permissions=True)
					assert told(frappe.get_doc(doctype, name)) == before, (doctype, name)
		frappe.db.rollback()


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_of_a_new_demo_shows_something(stack, accounts, name):
	person = Person(stack, accounts[name])
	for chart in CHARTS[name]:
		with site(stack):
			of_report, filters = frappe.db.get_value(
				"Dashboard Chart", chart, ["report_name", "filters_json"]
			)
		data = run(person, of_report, **json.loads(filters))["chart"]["data"]
		assert sum(map(sum, (one["values"] for one in data["datasets"]))) > 0, chart
