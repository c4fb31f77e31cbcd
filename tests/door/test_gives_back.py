"""What the door gives back, which was refused before: one's own comment, disqualification and filter, the export of a list, a choice
by another name."""

import json
import secrets

import frappe
import pytest
from attack import ask, method
from world import said, site


@pytest.fixture
def case(world):
	return world.case("assessment")


def comment(person, case):
	said_of = {"reference_doctype": "Incident", "reference_name": case.name, "content": "Ringde idag"}
	answer = method("frappe.desk.form.utils.add_comment", **said_of, comment_email="x", comment_by="x").send(
		person.desk
	)
	assert answer.ok, answer.text[:300]
	return answer.json()["message"]["name"]


def test_one_s_own_comment_is_taken_back_and_nobody_else_s(world, case):
	name = comment(world.officer, case)
	delete = method("frappe.client.delete", doctype="Comment", name=name)
	for other in ("exposed", "deputy", "foreign_officer", "administrator"):
		assert delete.send(world.people[other].desk).status_code == 403, other
	answer = delete.send(world.officer.desk)
	assert answer.ok, said(answer)
	assert delete.send(world.officer.desk).status_code == 403  # it is not there


def test_what_the_framework_says_of_a_case_is_nobody_s_to_take_back(world, case, stack):
	with site(stack):
		name = frappe.db.get_value(
			"Comment", {"reference_name": case.name, "comment_type": "Workflow", "owner": world.officer.user}
		)
	assert name
	assert (
		method("frappe.client.delete", doctype="Comment", name=name).send(world.officer.desk).status_code
		== 403
	)


def test_one_s_own_mistaken_disqualification_is_taken_back(world, case):
	mark = {"case_name": case.name, "officer": world.officer.user, "reason": "Fel person"}
	made = world.exposed.create("Disqualification", **mark)
	assert made.ok, said(made)
	assert not world.officer.may_read("Incident", case.name)
	at = f"/api/resource/Disqualification/{made.json()['data']['name']}"
	for other in ("administrator", "officer", "deputy"):
		assert world.people[other].desk.delete(at).status_code == 403, other
	answer = world.exposed.desk.delete(at)
	assert answer.ok, said(answer)
	assert world.officer.may_read("Incident", case.name)


def test_a_filter_is_saved_for_oneself_and_shown_to_nobody_else(world):
	word = secrets.token_hex(6)
	doc = {
		"doctype": "List Filter",
		"reference_doctype": "Incident",
		"filter_name": word,
		"for_user": world.deputy.user,
		"filters": "[]",
	}
	made = method("frappe.client.insert", doc=doc).send(world.officer.desk)
	assert made.ok, said(made)
	name = made.json()["message"]["name"]
	assert made.json()["message"]["for_user"] == world.officer.user
	asked = method("frappe.client.get_list", doctype="List Filter", fields=["name", "filter_name", "for_user", "filters"], filters={"reference_doctype": "Incident"}, or_filters=[["for_user", "=", ""], ["for_user", "=", world.officer.user]])  # fmt: skip
	assert word in asked.send(world.officer.desk).text
	assert word not in asked.send(world.deputy.desk).text
	delete = method("frappe.client.delete", doctype="List Filter", name=name)
	assert delete.send(world.deputy.desk).status_code == 403
	assert delete.send(world.officer.desk).ok


def test_a_list_that_one_reads_is_exported_and_its_reading_logged(world, case, readings):
	readings(world.officer)
	export = method("frappe.desk.reportview.export_query", doctype="Incident", file_format_type="CSV", title="Incident", fields=["`tabIncident`.`name`", "`tabIncident`.`what_happened`"], filters=[["Incident", "name", "=", case.name]])  # fmt: skip
	answer = export.send(world.officer.desk)
	assert answer.ok and case.name in answer.text, answer.text[:500]
	assert readings(world.officer) == [(case.name, "Export")]
	refused = export.send(world.foreign_officer.desk)
	assert case.name not in refused.text
	assert export.send(world.administrator.desk).status_code == 403


def test_the_auditor_exports_the_access_log(world, case):
	assert world.officer.may_read("Incident", case.name)
	export = method("frappe.desk.reportview.export_query", doctype="Incident Access Log", file_format_type="CSV", title="x", fields=["`tabIncident Access Log`.`case_name`", "`tabIncident Access Log`.`user`"], filters=[["Incident Access Log", "case_name", "=", case.name]])  # fmt: skip
	answer = export.send(world.auditor.desk)
	assert answer.ok and case.name in answer.text and world.officer.user in answer.text
	assert export.send(world.exposed.desk).status_code == 403


def test_a_choice_gets_another_name_and_nothing_else_does(world, stack):
	old, new = f"Plats {secrets.token_hex(3)}", f"Annan plats {secrets.token_hex(3)}"
	assert world.administrator.create("Incident Place", value=old).ok
	rename = method("frappe.model.rename_doc.update_document_title", doctype="Incident Place", docname=old, name=new, enqueue="0", merge="0")  # fmt: skip
	assert rename.send(world.officer.desk).status_code == 403
	answer = rename.send(world.administrator.desk)
	assert answer.ok, said(answer)
	with site(stack):
		assert frappe.db.exists("Incident Place", new) and not frappe.db.exists("Incident Place", old)
	party = method("frappe.model.rename_doc.update_document_title", doctype="Political Party", docname=f"Provpartiet {world.mark}", name="x")  # fmt: skip
	assert party.send(world.administrator.desk).status_code == 403


def test_one_request_is_one_entry_with_the_cases_that_it_showed(world, stack):
	for _two in range(2):
		world.case()
	assert ask("list", "/api/resource/Incident", limit_page_length="2").send(world.officer.desk).ok
	with site(stack):
		last = frappe.get_all("Incident Access Log", {"user": world.officer.user, "way": "List"}, ["request", "document"], order_by="creation desc", limit=2)  # fmt: skip
	assert len({row.request for row in last}) == 1 and len({row.document for row in last}) == 2


def test_what_cannot_be_logged_is_not_answered(world, case, stack):
	from unittest.mock import patch

	from hot_rutin.door import answers
	from test_cost import InProcess

	session = InProcess(world.officer)
	fields = json.dumps(["name", "what_happened"])
	asked = {"doctype": "Incident", "fields": fields, "filters": json.dumps({"name": case.name})}
	assert case.name in session.post("/api/method/frappe.client.get_list", **asked).text
	with patch.object(answers, "log_readable", side_effect=ValueError("no room")):
		answer = session.post("/api/method/frappe.client.get_list", **asked)
	assert answer.status_code == 500 and case.name not in answer.text
