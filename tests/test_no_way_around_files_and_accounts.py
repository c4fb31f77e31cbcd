"""More ways around the rules: what is said of a case and attached to it, mails, what is submitted, and accounts.

As in test_no_way_around.py, each was found by a hostile reading, and goes over HTTP.
"""

import json
import secrets

import frappe
import pytest
from attack import NO_SUCH, ask, disguised, masked, method
from hot_rutin.access import LOGS, REGISTERS
from test_no_way_around import changes_of, readings, upload
from world import said, site


@pytest.fixture(scope="module")
def case(attack):
	return next(c for c in attack.cases if (c.party, c.state) == ("A", "Assessment"))


@pytest.fixture(scope="module")
def desks(attack):
	readers = ("officer", "foreign_officer", "plain", "system_manager", "site_administrator", "guest")
	return {reader: attack.desk(reader) for reader in readers}


def comment(case, content, doctype="Incident", name=None):
	return method(
		"frappe.desk.form.utils.add_comment",
		reference_doctype=doctype,
		reference_name=name or case.documents[doctype],
		content=content,
		comment_email="x",
		comment_by="x",
	)


def stored_comment(stack, case):
	with site(stack):
		return frappe.get_last_doc("Comment", {"reference_name": case.documents["Incident"]}).content


# --- files


@pytest.mark.parametrize("doctype", (*LOGS, *REGISTERS, "Hot Rutin Settings", "Role", "Step Reminder"))
def test_a_file_is_attached_to_nothing_but_cases_and_accounts(desks, doctype):
	for name, content in (("sida.html", b"<html></html>"), ("bild.svg", b"<svg></svg>"), ("x.txt", b"x")):
		answer = upload(desks["plain"], name, content, doctype=doctype, docname="x", is_private="0")
		assert answer.status_code == 403 and "file_url" not in answer.text, answer.text[:300]


def test_the_name_of_a_file_is_a_name_only_and_its_reading_is_logged(desks, attack, case, stack):
	"""In a page a quotation mark ends an attribute; in an address `?` ends the path."""
	name = case.documents["Incident"]
	decoy = upload(desks["officer"], "a.txt", b"x").json()["message"]["file_url"].rsplit("/", 1)[-1]
	for called in (
		'foto" autofocus onfocus="x()" y=".txt',
		"'`<b>&.txt",
		f"{decoy}?z.txt",
		"%41 50% #1.txt",
		"..\\..\\upp.txt",
		"Ra\u030apport (1), å+ä.txt",
	):
		answer = upload(desks["officer"], called, b"innehall", doctype="Incident", docname=name, is_private="1")  # fmt: skip
		assert answer.ok, answer.text[:300]
		file = answer.json()["message"]
		assert not set("\"'`<>&?%#\\/") & set(file["file_name"]), file
		before = readings(stack, attack, "officer", name)
		assert desks["officer"].get(file["file_url"]).content == b"innehall"
		assert readings(stack, attack, "officer", name) == before + 1
	assert file["file_name"] == "Råpport (1), å+ä.txt"


def test_a_file_is_attached_to_a_case_by_its_own_name(desks, attack, case, stack):
	name = case.documents["Incident"]
	for spelt in disguised(name):
		assert upload(desks["officer"], "x.txt", b"x", doctype="Incident", docname=spelt, is_private="1").status_code == 403  # fmt: skip
	for spelt in (name.lower(), f"{name} "):
		answer = upload(desks["officer"], "x.txt", b"x", doctype="Incident", docname=spelt, is_private="1")
		assert not answer.ok or answer.json()["message"]["attached_to_name"] == name, answer.text[:300]


def test_no_id_tells_that_a_case_has_the_file_or_comment(desks, attack, case, stack):
	with site(stack):
		file = frappe.db.get_value("File", {"attached_to_name": case.documents["Incident"]}, "name")
		comment = frappe.db.get_value("Comment", {"reference_name": case.documents["Incident"]}, "name")
	own = next(c for c in attack.cases if (c.party, c.state) == ("B", "Assessment")).documents["Incident"]
	for real, made in (
		(file, lambda fid: method("frappe.desk.form.utils.remove_attach", dt="Incident", dn=own, fid=fid)),
		(file, lambda fid: method("frappe.desk.form.utils.remove_attach", fid=fid)),
		(comment, lambda name: method("frappe.desk.form.utils.update_comment", name=name, content="x")),
	):
		answers = [made(name).send(desks["foreign_officer"]) for name in (real, "a1b2c3d4e5")]
		assert answers[0].status_code == 403
		assert masked(answers[0], real) == masked(answers[1], "a1b2c3d4e5")


# --- comments and mails


def test_a_comment_is_text_and_loads_nothing(desks, case, stack):
	for content in (
		'<p>x</p><img src="http://example.invalid/">',
		json.dumps("<p>x <img src=x onerror=x()></p>"),
		"<style>@import 'http://example.invalid'</style>",
		'<video poster="http://example.invalid/"></video>',
	):
		answer = comment(case, content).send(desks["officer"])
		assert answer.status_code == 417 and "bara text" in said(answer), answer.text[:300]
	assert comment(case, json.dumps('<p style="background:url(http://x)" onclick="x()">Hej</p>')).send(desks["officer"]).ok  # fmt: skip
	assert "<p>Hej</p>" in stored_comment(stack, case)
	wanted = '<p>Ring <a href="tel:112">112</a> &amp; skriv <b>upp</b></p>'
	assert comment(case, wanted).send(desks["officer"]).ok
	assert "<b>upp</b>" in stored_comment(stack, case) and "&amp; skriv" in stored_comment(stack, case)


def test_nothing_is_said_of_what_is_no_case(desks, attack, case):
	for reader in ("plain", "officer", "system_manager"):
		account = attack.people[reader].user
		answer = comment(case, "x", "User", account).send(desks[reader])
		assert answer.status_code == 403 and "används inte" in said(answer), answer.text[:300]


def test_no_mail_carries_a_file_of_the_server(desks, attack, case, stack, mailbox):
	"""The framework attaches whatever file the text of a mail names."""
	deputy, mark = attack.people["deputy"], secrets.token_hex(4)
	embedded = 'embed="hot.localhost/site_config.json"'
	content = f'<p><span class="mention" data-id="{deputy.user}">@x</span> {embedded}</p>'
	assert comment(case, content).send(desks["officer"]).ok
	with site(stack):
		text = f'<p {embedded}>{mark}</p><p embed="../README.md">x</p>'
		frappe.sendmail([deputy.user], subject=mark, message=text)
		frappe.db.commit()
		queued = frappe.get_last_doc("Email Queue", {"message": ("like", f"%{mark}%")}).message
	assert "Content-ID" not in queued and mark in queued and "base64" not in queued.replace("\n", "")[:200000]
	mail = mailbox.wait_for(deputy.user, lambda message: message["Subject"] == mark)
	assert {part.get_content_maintype() for part in mail.walk()} <= {"multipart", "text"}
	assert mark in mail.as_string() and "db_password" not in mail.as_string()


# --- what is submitted, and what the technical account opens


def test_nothing_is_submitted_or_cancelled(desks, stack):
	"""What is cancelled is asked by no hook, and the framework lets the technical account do it with anything."""
	desk, mark = desks["site_administrator"], secrets.token_hex(3)
	body = {"doctype": "User", "email": f"{mark}@example.invalid", "first_name": "Una", "send_welcome_email": 0}  # fmt: skip
	with site(stack):
		frappe.db.set_single_value("System Settings", "setup_complete", 1)
	made = ask("new", "/api/resource/User", "POST", body={**body, "docstatus": 1}).send(desk)
	assert made.status_code == 403, made.text[:300]
	assert ask("new", "/api/resource/User", "POST", body=body).send(desk).ok
	user = desk.get(f"/api/resource/User/{body['email']}").json()["data"]
	for request in (
		method("frappe.desk.form.save.savedocs", doc=user, action="Submit"),
		method("frappe.desk.form.save.savedocs", doc=user, action="Cancel"),
		method("frappe.client.save", doc={**user, "docstatus": 1}),
		method("frappe.client.set_value", doctype="User", name=user["name"], fieldname="docstatus", value=1),
		ask("rest", f"/api/resource/User/{user['name']}", "PUT", body={"docstatus": 1}),
	):
		answer = request.send(desk)
		assert not answer.ok, f"{request}: {answer.text[:300]}"
		with site(stack):
			assert frappe.db.get_value("User", user["name"], "docstatus") == 0


def test_the_technical_account_opens_no_document_of_a_register_or_log(desks, attack, case, stack):
	desk = desks["site_administrator"]
	with site(stack):
		names = {doctype: frappe.db.get_value(doctype, {}, "name") for doctype in (*REGISTERS, *LOGS)}
	for doctype, name in names.items():
		name = name or "a1b2c3d4e5"
		for made in (
			lambda d, n: ask("rest", f"/api/resource/{d}/{n}"),
			lambda d, n: method("frappe.desk.form.load.getdoc", doctype=d, name=n),
			lambda d, n: method("frappe.client.get", doctype=d, name=n),
			lambda d, n: method("frappe.client.validate_link", doctype=d, docname=n),
			lambda d, n: method("frappe.desk.search.get_link_title", doctype=d, docname=n),
			lambda d, n: ask("print", "/printview", doctype=d, name=n),
		):
			real, made_up = (made(doctype, asked).send(desk) for asked in (name, "finns-inte"))
			assert real.status_code == made_up.status_code == 403, f"{doctype}: {real.text[:300]}"
			assert masked(real, name) == masked(made_up, "finns-inte")
	answers = []
	for code in (case.documents["Incident"], NO_SUCH["Incident"]):
		mark = {"doctype": "Disqualification", "case_name": code, "officer": attack.people["director"].user}
		answers.append(ask("mark", "/api/resource/Disqualification", "POST", body=mark).send(desk))
	assert [answer.status_code for answer in answers] == [403, 403]
	assert masked(answers[0], case.documents["Incident"]) == masked(answers[1], NO_SUCH["Incident"])


# --- reading


def test_no_list_is_told_to_answer_with_its_query(desks, case, attack):
	for doctype in ("Incident", "Step Reminder", "Elected Representative", "User"):
		for called in ("get", "get_list", "get_count"):
			request = ask("list", f"/api/method/frappe.desk.reportview.{called}", "POST", body={"doctype": doctype, "fields": ["name"], "filters": [], "run": False})  # fmt: skip
			answer = request.send(desks["officer"])
			assert answer.ok and "select" not in answer.text.lower(), answer.text[:300]


def test_what_is_printed_is_what_is_stored(desks, case, attack):
	"""Whatever the browser sends: another's name would be looked up for a paper that was never true."""
	stored = desks["officer"].get(f"/api/resource/Incident/{case.documents['Incident']}").json()["data"]
	sent = {**stored, "what_happened": "Påhittat", "exposed_representative": "F-0001"}  # fmt: skip
	for paper in (None, "Standard"):
		answer = method("frappe.www.printview.get_html_and_style", doc=sent, print_format=paper).send(desks["officer"])  # fmt: skip
		assert answer.ok and "Påhittat" not in answer.text and case.canary in answer.text, answer.text[:300]


@pytest.mark.parametrize("way", ("client", "rest", "report", "value", "card", "files"))
def test_however_cases_are_counted_by_their_words_they_have_been_read(attack, case, stack, way):
	officer, name = attack.people["officer"], case.documents["Incident"]
	like, counted = ["what_happened", "like", f"%{case.canary}%"], ["count(name) as c"]
	card = {"document_type": "Incident", "function": "Count", "name": "x"}
	with site(stack):
		file = frappe.db.get_value("File", {"attached_to_name": name}, "file_name")
	request = {
		"client": method("frappe.client.get_list", doctype="Incident", fields=counted, filters=[like]),
		"rest": ask("list", "/api/resource/Incident", fields=json.dumps(counted), filters=json.dumps([like])),
		"report": method("frappe.desk.reportview.get", doctype="Incident", fields=counted, filters=[like]),
		"value": method("frappe.client.get_value", doctype="Incident", fieldname=counted[0], filters=[like]),
		"card": method("frappe.desk.doctype.number_card.number_card.get_result", doc=card, filters=[["Incident", *like]], doctype="Step Reminder"),
		"files": method("frappe.desk.reportview.get_count", doctype="File", filters=[["File", "file_name", "=", file]]),
	}[way]  # fmt: skip
	before = readings(stack, attack, "officer", name)
	answer = request.send(officer.another_desk())
	assert answer.ok, answer.text[:300]
	assert readings(stack, attack, "officer", name) == before + 1


def test_what_comes_next_in_a_list_has_been_read(attack, case, stack):
	name = case.documents["Incident"]
	other = next(c for c in attack.cases if c.party == "A" and c.state == "Follow-up").documents["Incident"]
	like = [["Incident", "what_happened", "like", f"%{case.canary}%"]]
	before, found = readings(stack, attack, "officer", name), None
	for backwards in ("0", "1"):
		request = method("frappe.desk.form.utils.get_next", doctype="Incident", value=other, prev=backwards, filters=like, sort_field="modified", sort_order="desc")  # fmt: skip
		found = request.send(attack.people["officer"].another_desk()).json().get("message") or found
	assert found == name and readings(stack, attack, "officer", name) == before + 1


def test_no_row_counts_how_often_it_is_linked_to(stack):
	"""People and categories would tell by it which of them a case has."""
	with site(stack):
		job = frappe.db.get_value("Scheduled Job Type", {"method": "frappe.model.utils.link_count.update_link_count"}, "stopped")  # fmt: skip
	assert job == 1


# --- accounts


def test_nobody_reads_the_key_that_sets_a_new_password(desks, attack, stack):
	user, key = attack.people["former_officer"].user, f"nyckel{secrets.token_hex(8)}"
	with site(stack):
		frappe.db.set_value("User", user, "reset_password_key", key)
		frappe.db.commit()
	for request in (
		ask("rest", f"/api/resource/User/{user}"),
		method("frappe.desk.form.load.getdoc", doctype="User", name=user),
		ask("list", "/api/resource/User", fields='["*"]', limit_page_length="0"),
		method(
			"frappe.desk.reportview.get", doctype="User", fields=["*"], filters=[["User", "name", "=", user]]
		),  # fmt: skip
	):
		answer = request.send(desks["system_manager"])
		assert answer.ok and user in answer.text and key not in answer.text, f"{request}"
	# Nor does a save of what one was shown take it away.
	shown = desks["system_manager"].get(f"/api/resource/User/{user}").json()["data"]
	assert method("frappe.client.save", doc={**shown, "bio": "x"}).send(desks["system_manager"]).ok
	with site(stack):
		assert frappe.db.get_value("User", user, "reset_password_key") == key
		frappe.db.set_value("User", user, "reset_password_key", "")
		frappe.db.commit()


def test_a_way_into_any_account_of_the_routine_is_told(desks, stack, somebody):
	"""A manager's, an auditor's, a system manager's too; and what keeps somebody out."""
	desk, at = desks["system_manager"], f"/api/resource/User/{somebody}"
	assert desk.put(at, json={"new_password": secrets.token_urlsafe(12)}).ok
	assert desk.put(at, json={"restrict_ip": "192.0.2.1"}).ok
	told = changes_of(stack, somebody)
	assert [text for text in told if "nytt lösenord" in text], told
	assert [text for text in told if "andra adresser" in text], told
	assert desk.put(at, json={"bio": "x"}).ok
	assert changes_of(stack, somebody) == told


def test_no_request_signs_in_by_one_method_and_calls_another(attack):
	person = attack.people["officer"]
	for called in ("frappe.www.login.login_via_key", "frappe.core.doctype.user.user.update_password", "frappe.auth.get_logged_user"):  # fmt: skip
		answer = attack.desk("guest").post("/api/method/login", data={"cmd": called, "usr": person.user, "pwd": person.password, "key": "x"})  # fmt: skip
		assert answer.status_code == 403 and "not used here" in said(answer), answer.text[:300]


def test_no_field_of_an_account_is_markup_in_another_s_desk(desks, attack):
	user = attack.people["former_officer"].user
	for field in ("time_zone", "bio", "location", "phone"):
		answer = desks["system_manager"].put(f"/api/resource/User/{user}", json={field: json.dumps("<img src=x onerror=x()>")})  # fmt: skip
		assert answer.status_code == 417, answer.text[:300]


def test_nobody_stops_the_jobs_that_remind(desks):
	for setting in ({"dormant_days": 1}, {"enable_scheduler": 0}):
		answer = desks["system_manager"].put("/api/resource/System Settings/System Settings", json=setting)
		assert answer.status_code == 403 and "bakgrundsjobb" in said(answer), answer.text[:300]


@pytest.mark.parametrize("place", ("https://example.invalid", "//example.invalid", "/\\example.invalid", "javascript:x()"))  # fmt: skip
def test_nobody_is_led_elsewhere_from_the_sign_in_page(attack, desks, place):
	for reader in ("guest", "officer"):
		answer = ask("page", "/login", **{"redirect-to": place}).send(desks[reader])
		assert answer.status_code == 403 and "example.invalid" not in answer.headers.get("Location", "")
	assert ask("page", "/login", **{"redirect-to": "/app/incident"}).send(desks["guest"]).ok


def test_no_function_is_called_by_another_module_s_name(desks):
	answer = method("hot_rutin.demo.cases.apply_workflow", doc={"doctype": "ToDo"}, action="x").send(desks["officer"])  # fmt: skip
	assert answer.status_code == 403 and "används inte" in said(answer), answer.text[:300]
