"""What the routine's own code asks of the database, beside what the framework asks: bounded, so that a list stays quick."""

import json
import traceback
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import frappe
import hot_rutin
import pytest
from frappe.database.mariadb.database import MariaDBDatabase
from werkzeug.test import Client
from world import new_person, site

APP = str(Path(hot_rutin.__file__).parent)


class InProcess:
	"""Somebody's session, answered by this process."""

	def __init__(self, person):
		from frappe.app import application

		self.client, desk = Client(application, use_cookies=False), person.another_desk()
		self.headers = {
			key: desk.headers[key] for key in ("Host", "Accept", "X-Frappe-CSRF-Token") if key in desk.headers
		}
		self.headers["X-Frappe-Site-Name"] = person.stack.site
		self.headers["Cookie"] = "; ".join(f"{cookie.name}={cookie.value}" for cookie in desk.cookies)

	def post(self, path, **data):
		# Buffered: what the request leaves in this thread is gone when it is answered.
		return self.client.post(path, data=data, headers=self.headers, buffered=True)


@contextmanager
def own_queries():
	"""Collect the queries that are asked while a function of the app is being carried out."""
	asked, sql = [], MariaDBDatabase.sql

	def noted(database, query, *args, **kwargs):
		is_query = str(query).split(None, 1)[0].lower() not in (
			"commit",
			"rollback",
			"start",
			"savepoint",
			"release",
			"set",  # of a connection, by whoever asks first
		)
		if is_query and any(frame.filename.startswith(APP) for frame in traceback.extract_stack(limit=60)):
			asked.append(" ".join(str(query).split())[:160])
		return sql(database, query, *args, **kwargs)

	with patch.object(MariaDBDatabase, "sql", noted):
		yield asked


def cost(session, path, **data):
	session.post(path, **data)  # what is kept from one request to the next is kept now
	with own_queries() as asked:
		answer = session.post(path, **data)
	assert answer.status_code == 200, answer.text[:500]
	return asked


@pytest.fixture(scope="module")
def cases(world):
	return [world.case() for _some in range(3)]


def test_a_list_of_20_cases_costs_8_queries(world, cases):
	asked = cost(
		InProcess(world.officer),
		"/api/method/frappe.desk.reportview.get",
		doctype="Incident",
		fields=json.dumps(
			["`tabIncident`.`name`", "`tabIncident`.`workflow_state`", "`tabIncident`.`event_on`"]
		),
		filters="[]",
		order_by="`tabIncident`.`modified` desc",
		start="0",
		page_length="20",
		view="List",
	)
	assert len(asked) <= 8, "\n".join(asked)


def test_opening_a_case_costs_10_queries(world, cases):
	asked = cost(
		InProcess(world.officer),
		"/api/method/frappe.desk.form.load.getdoc",
		doctype="Incident",
		name=cases[0].name,
	)
	assert len(asked) <= 10, "\n".join(asked)


def test_saving_a_case_costs_60_queries(world, cases):
	session = InProcess(world.officer)
	save = "/api/method/frappe.desk.form.save.savedocs"
	cases[0].press("officer", "Start Assessment")
	doc = json.dumps(cases[0].stored())
	with own_queries() as asked:
		answer = session.post(save, doc=doc, action="Save")
	assert answer.status_code == 200, answer.text[:500]
	assert len(asked) <= 60, f"{len(asked)}\n" + "\n".join(asked)


def test_saving_a_party_with_13_open_cases_costs_150_queries(world, stack):
	party = f"Ensampartiet {world.mark}"
	while True:
		with site(stack):
			open_cases = frappe.db.count("Incident", {"party": party, "workflow_state": ("!=", "Closed")})
		if open_cases >= 13:
			break
		assert world.lonely.report(world.representatives["lonely"]).status_code == 200
	deputy, session = (
		new_person(stack, "Doris Vikarie", "Party Security Officer"),
		InProcess(world.administrator),
	)
	# An officer comes, and leads the cases; and leaves, and the strategist is told of each.
	for officers in ([{"user": deputy.user, "from_date": "2020-01-01"}], []):
		doc = {**world.administrator.read("Political Party", party), "officers": officers}
		with own_queries() as asked:
			answer = session.post(
				"/api/method/frappe.desk.form.save.savedocs", doc=json.dumps(doc), action="Save"
			)
		assert answer.status_code == 200, answer.text[:500]
		# Who keeps an eye on changes of access is told too: on this site everybody whom a test has made an auditor.
		mails = sum("INTO `tabEmail Queue` " in query for query in asked)
		others = mails if officers else mails - open_cases
		assert len(asked) <= 150 + 3 * others, f"{len(asked)}\n" + "\n".join(asked)
