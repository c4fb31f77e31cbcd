"""The reading log: each way of reading a case leaves a row with who, when, which case, and by which way; the exposed person
sees who read theirs, the auditor all, and nobody changes a row. And who is let in is logged and told."""

import json

import frappe
import pytest
from access_logs import recipients_of_last_mails, ways
from attack import ask, method
from uploads import attach
from world import new_person, said, site


@pytest.fixture
def case(world):
	return world.case("requested")


def test_each_way_of_reading_leaves_one_row_that_says_which(world, case, readings):
	readings(world.officer)
	for request, way in ways(case):
		answer = request.send(world.officer.desk)
		assert answer.status_code == 200, f"{request.channel}: {answer.text[:300]}"
		# On paper an incident is the dossier: each document of the case that the reader may read.
		shown = case.whole() if way in ("Print", "PDF") else [case.stored()]
		assert readings(world.officer) == sorted((document["name"], way) for document in shown)


def test_a_file_is_read_as_a_file(world, case, readings):
	url = attach(world.officer, case).json()["message"]["file_url"]
	readings(world.officer)
	for request in (ask("url", url), method("download_file", file_url=url)):
		assert request.send(world.officer.desk).status_code == 200
		assert readings(world.officer) == [(case.name, "File")]


def nameless(case):
	"""Lists of cases, and of their files, that would hold content and no case's name."""
	own = {"name": case.name}
	get, get_list, get_value = (
		"frappe.desk.reportview.get",
		"frappe.client.get_list",
		"frappe.client.get_value",
	)
	for fields in (
		["what_happened as name"],
		["what_happened as `name`"],
		["name", "what_happened as name"],
		["name as code", "what_happened"],
		["what_happened", "`tabIncident Assessment`.`name`"],
		["`tabIncident Assessment`.`severity` as `name`"],
		["assessments.severity as name"],
		["max(what_happened) as name"],
		["*", "what_happened as name"],
	):
		yield method(get_list, doctype="Incident", fields=fields, filters=own)
		yield method(get, doctype="Incident", fields=fields, filters=own)
	yield method(get_value, doctype="Incident", fieldname="what_happened as `name`", filters=own)
	for hiding in ({"pluck": "what_happened"}, {"update": {"name": "x"}}, {"run": 0}):
		body = {"doctype": "Incident", "fields": ["name", "what_happened"], "filters": own, **hiding}
		yield ask("list", "/api/method/frappe.desk.reportview.get_list", "POST", body=body)
	attached = {"attached_to_name": case.name}
	yield method(get_list, doctype="File", fields=["file_name as attached_to_name"], filters=attached)
	yield method("frappe.desk.search.search_widget", doctype="File", txt="brev", searchfield="file_name")
	yield method("frappe.core.api.file.get_files_by_search_text", text="brev")
	yield method("frappe.core.api.file.get_files_in_folder", folder="Home/Attachments")


def test_no_list_shows_content_under_another_name(world, case, readings):
	"""It is refused, or names the case and is logged."""
	assert attach(world.officer, case).status_code == 200
	readings(world.officer)
	for request in nameless(case):
		answer = request.send(world.officer.desk)
		read = readings(world.officer)
		assert answer.status_code in (403, 417) or read == [(case.name, "List")], (
			f"{request}: {answer.text[:600]}"
		)


def test_what_belongs_to_a_case_is_read_as_the_case(world, case, readings):
	answer = method("frappe.client.get_list", doctype="Version", fields=["data"], limit_page_length="5").send(
		world.officer.desk
	)
	read = readings(world.officer)
	assert answer.status_code == 403 or not answer.json()["message"] or read


def test_every_document_of_a_case_is_logged_by_its_own_name_and_its_case(world, case, readings):
	report = case.stored("Police Report")["name"]
	readings(world.director)
	assert world.director.may_read("Police Report", report)
	assert readings(world.director) == [(report, "REST")]


def test_the_row_stands_even_if_the_request_fails_afterwards(world, case, readings):
	readings(world.officer)
	assert world.officer.put("Incident", case.name, event_on="2999-01-01 00:00:00").status_code == 417
	assert readings(world.officer) == [(case.name, "REST")]


def test_an_attempt_that_is_refused_is_no_reading(world, case, readings):
	readings(world.foreign_officer)
	assert not world.foreign_officer.may_read("Incident", case.name)
	assert readings(world.foreign_officer) == []


def test_reading_the_log_is_no_reading_of_the_case(world, case, readings):
	readings(world.exposed)
	assert rows_for(world.exposed, case)
	assert readings(world.exposed) == []


def rows_for(person, case):
	answer = ask("log", "/api/resource/Incident Access Log", fields='["*"]', filters=json.dumps({"case_name": case.name}), limit_page_length="0").send(person.desk)  # fmt: skip
	return answer.json().get("data", []) if answer.status_code == 200 else []


def test_the_exposed_person_and_the_auditor_see_the_rows_and_nobody_else_does(world, case):
	assert world.officer.may_read("Incident", case.name)
	for reader in ("exposed", "auditor"):
		rows = rows_for(world.people[reader], case)
		assert (world.officer.user, "REST") in {(row["user"], row["way"]) for row in rows}
		assert not any("what_happened" in row for row in rows)
	for reader in world.everybody_but("exposed", "auditor"):
		assert rows_for(world.people[reader], case) == [], reader


def test_nobody_changes_or_deletes_a_row_the_administrator_included(world, case, stack):
	assert world.officer.may_read("Incident", case.name)
	row = rows_for(world.exposed, case)[0]
	for person in world.people.values():
		for answer in (
			person.put("Incident Access Log", row["name"], way="Form"),
			person.desk.delete(f"/api/resource/Incident Access Log/{row['name']}"),
			person.create("Incident Access Log", user=person.user, case_name=case.name, way="REST"),
		):
			assert answer.status_code in (403, 417), f"{person}: {answer.status_code} {answer.text[:300]}"
	with site(stack):
		for change in (
			lambda doc: doc.db_set("way", "Form"),
			lambda doc: doc.update({"way": "Form"}).save(ignore_permissions=True),
			lambda doc: doc.delete(ignore_permissions=True),
			lambda doc: frappe.delete_doc(doc.doctype, doc.name, ignore_permissions=True, force=True),
			lambda doc: frappe.rename_doc(doc.doctype, doc.name, "x", force=True),
		):
			with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
				change(frappe.get_doc("Incident Access Log", row["name"]))
			frappe.db.rollback()
	assert row in rows_for(world.exposed, case)


# --- who is let in


def changes(stack, user):
	with site(stack):
		return frappe.get_all("Access Change", filters={"user": user}, pluck="change", order_by="creation")


def test_a_role_that_opens_cases_is_logged_and_told(world, stack, mailbox):
	from hot_rutin.access import policy as access

	user = new_person(stack, "Nils Nyss").user
	assert changes(stack, user) == []
	with site(stack):
		doc = frappe.get_doc("User", user)
		doc.add_roles(access.STRATEGIST)
		frappe.db.commit()
	assert [text for text in changes(stack, user) if "strateg" in text.lower()]
	with site(stack):
		frappe.get_doc("User", user).remove_roles(access.STRATEGIST)
		frappe.db.commit()
		queued = recipients_of_last_mails()
	assert len(changes(stack, user)) == 2
	for told in ("strategist", "auditor"):
		assert world.people[told].user in queued
	assert user not in queued


def test_an_officer_who_comes_or_goes_is_logged_and_told(world, stack):
	party = f"Grannpartiet {world.mark}"
	before = len(changes(stack, world.deputy.user))
	with site(stack):
		doc = frappe.get_doc("Political Party", party)
		doc.append(
			"officers", {"user": world.deputy.user, "from_date": "2020-01-01", "to_date": "2020-12-31"}
		)
		doc.save()
		frappe.db.commit()
		assert {world.strategist.user, world.auditor.user} <= recipients_of_last_mails()
		doc.officers = [row for row in doc.officers if row.user != world.deputy.user]
		doc.save()
		frappe.db.commit()
	assert len(changes(stack, world.deputy.user)) == before + 2


def test_the_strategist_and_the_auditor_read_the_changes_and_nobody_else_does(world):
	for role, person in world.people.items():
		answer = person.desk.get("/api/resource/Access Change")
		assert (answer.status_code == 200 and bool(answer.json()["data"])) is (
			role in ("strategist", "auditor")
		), role


def test_a_change_of_access_stays_as_it_is_logged(world, stack):
	row = world.auditor.desk.get("/api/resource/Access Change").json()["data"][0]["name"]
	for role in ("strategist", "auditor", "administrator"):
		person = world.people[role]
		assert person.put("Access Change", row, change="x").status_code == 403, said
		assert person.desk.delete(f"/api/resource/Access Change/{row}").status_code == 403
