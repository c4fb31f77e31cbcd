"""More ways around the rules: what is said of a case and attached to it, mails, what is submitted, and accounts.

As in test_no_way_around.py, each was found by a hostile reading, and goes over HTTP.
"""

import json
import re
import secrets
from unittest.mock import patch

import frappe
import pytest
from access_logs import changes_of, readings_of
from attack import NO_SUCH, ask, case_party, disguised, masked, method
from hot_rutin.access import policy as access
from hot_rutin.access.policy import LOGS, REGISTERS
from uploads import upload
from world import new_person, said, site


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
		before = readings_of(stack, attack, "officer", name)
		assert desks["officer"].get(file["file_url"]).content == b"innehall"
		assert readings_of(stack, attack, "officer", name) == before + 1
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
		"![x](/api/method/logout)",
		"![x][y]\n\n[y]: /api/method/logout",
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


def test_nothing_is_submitted_or_cancelled(desks, stack, somebody):
	"""What is cancelled is asked by no hook, and the framework lets the technical account do it with anything."""
	desk = desks["site_administrator"]
	made = desk.post("/api/resource/Incident Place", json={"value": secrets.token_hex(4), "docstatus": 1})
	assert made.status_code == 403, made.text[:300]
	user = desk.get(f"/api/resource/User/{somebody}").json()["data"]
	for request in (
		method("frappe.desk.form.save.savedocs", doc=user, action="Submit"),
		method("frappe.desk.form.save.savedocs", doc=user, action="Cancel"),
		method("frappe.client.save", doc={**user, "docstatus": 1}),
		method("frappe.client.set_value", doctype="User", name=somebody, fieldname="docstatus", value=1),
		ask("rest", f"/api/resource/User/{somebody}", "PUT", body={"docstatus": 1}),
	):
		answer = request.send(desk)
		assert not answer.ok, f"{request}: {answer.text[:300]}"
		with site(stack):
			assert frappe.db.get_value("User", somebody, "docstatus") == 0


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
			assert answer.status_code == 403 and "select" not in answer.text.lower(), answer.text[:300]


def test_what_is_printed_is_what_is_stored(desks, case, attack):
	"""Whatever the browser sends: another's name would be looked up for a paper that was never true."""
	stored = desks["officer"].get(f"/api/resource/Incident/{case.documents['Incident']}").json()["data"]
	sent = {**stored, "what_happened": "Påhittat", "exposed_representative": "F-0001"}  # fmt: skip
	for paper in (None, "Standard"):
		answer = method("frappe.www.printview.get_html_and_style", doc=sent, print_format=paper).send(desks["officer"])  # fmt: skip
		assert answer.ok and "Påhittat" not in answer.text and case.canary in answer.text, answer.text[:300]


@pytest.mark.parametrize(
	"way", ("client", "rest", "report", "value", "card", "files", "addresses", "tags", "comments")
)
def test_however_cases_are_counted_by_their_words_they_have_been_read(attack, case, stack, way):
	officer, name = attack.people["officer"], case.documents["Incident"]
	like, counted = ["what_happened", "like", f"%{case.canary}%"], ["count(name) as c"]
	card = {"document_type": "Incident", "function": "Count", "name": "x"}
	with site(stack):
		file, url = frappe.db.get_value("File", {"attached_to_name": name}, ["file_name", "file_url"])
		frappe.db.set_value("Incident", name, "_comments", "[]", update_modified=False)
		frappe.db.commit()
	request = {
		"client": method("frappe.client.get_list", doctype="Incident", fields=counted, filters=[like]),
		"rest": ask("list", "/api/resource/Incident", fields=json.dumps(counted), filters=json.dumps([like])),
		"report": method("frappe.desk.reportview.get", doctype="Incident", fields=counted, filters=[like]),
		"value": method("frappe.client.get_value", doctype="Incident", fieldname=counted[0], filters=[like]),
		"card": method("frappe.desk.doctype.number_card.number_card.get_result", doc=card, filters=[["Incident", *like]], doctype="Step Reminder"),
		"files": method("frappe.desk.reportview.get_count", doctype="File", filters=[["File", "file_name", "=", file]]),
		"addresses": method("frappe.client.get_count", doctype="File", filters=[["File", "file_url", "like", f"%{url.rsplit('/', 1)[-1][:-4]}%"]]),
		"tags": method("frappe.desk.reportview.get_sidebar_stats", doctype="File", stats=["_user_tags"], filters=[["File", "file_name", "=", file]]),
		"comments": method("frappe.client.get_count", doctype="Incident", filters=[["_comments", "like", "%"], ["name", "=", name]]),
	}[way]  # fmt: skip
	before = readings_of(stack, attack, "officer", name)
	answer = request.send(officer.another_desk())
	assert answer.ok, answer.text[:300]
	assert readings_of(stack, attack, "officer", name) == before + 1


def test_what_comes_next_in_a_list_has_been_read(attack, case, stack):
	name = case.documents["Incident"]
	other = next(c for c in attack.cases if c.party == "A" and c.state == "Follow-up").documents["Incident"]
	like = [["Incident", "what_happened", "like", f"%{case.canary}%"]]
	before, found = readings_of(stack, attack, "officer", name), None
	for backwards in ("0", "1"):
		request = method("frappe.desk.form.utils.get_next", doctype="Incident", value=other, prev=backwards, filters=like, sort_field="modified", sort_order="desc")  # fmt: skip
		found = request.send(attack.people["officer"].another_desk()).json().get("message") or found
	assert found == name and readings_of(stack, attack, "officer", name) == before + 1


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
	person = attack.people["deputy"]
	for called in ("frappe.www.login.login_via_key", "frappe.core.doctype.user.user.update_password", "frappe.auth.get_logged_user"):  # fmt: skip
		answer = attack.desk("guest").post("/api/method/login", data={"cmd": called, "usr": person.user, "pwd": person.password, "key": "x"})  # fmt: skip
		assert answer.status_code == 403 and "not used here" in said(answer), answer.text[:300]


def test_no_field_of_an_account_is_markup_in_another_s_desk(desks, attack):
	user = attack.people["former_officer"].user
	for field in ("time_zone", "bio", "location", "phone"):
		answer = desks["system_manager"].put(f"/api/resource/User/{user}", json={field: json.dumps("<img src=x onerror=x()>")})  # fmt: skip
		assert answer.status_code == 417, answer.text[:300]


def test_nobody_stops_the_jobs_that_remind(desks):
	for setting in ({"dormant_days": 1}, {"enable_scheduler": 0}, {"allow_error_traceback": 1}):
		answer = desks["system_manager"].put("/api/resource/System Settings/System Settings", json=setting)
		assert answer.status_code == 403 and "driver servern" in said(answer), answer.text[:300]


@pytest.mark.parametrize("place", ("https://example.invalid", "//example.invalid", "/\\example.invalid", "javascript:x()"))  # fmt: skip
def test_nobody_is_led_elsewhere_from_the_sign_in_page(attack, desks, place):
	for reader in ("guest", "officer"):
		answer = ask("page", "/login", **{"redirect-to": place}).send(desks[reader])
		assert answer.status_code == 403 and "example.invalid" not in answer.headers.get("Location", "")
	assert ask("page", "/login", **{"redirect-to": "/app/incident"}).send(desks["guest"]).ok


def test_no_function_is_called_by_another_module_s_name(desks):
	answer = method("hot_rutin.demo.cases.apply_workflow", doc={"doctype": "ToDo"}, action="x").send(desks["officer"])  # fmt: skip
	assert answer.status_code == 403 and "används inte" in said(answer), answer.text[:300]


# --- what is drawn in another's desk


@pytest.mark.parametrize(
	"text",
	(
		"<style></style><style>a{background:url(http://example.invalid/)}</style>",
		'<img src="http://example.invalid/">',
		'<a href="http://example.invalid/" style="position: fixed">x</a>',
		'<form action="http://example.invalid/"></form>',
		"x <!-- y",
		json.dumps("<img src=x>"),
	),
)
def test_no_text_of_a_case_is_drawn_as_a_page(attack, text):
	"""A style alone tells, by what it loads, which names stand in the lists of whoever opens the case."""
	case = attack.world.case()
	answer = case.attempt("exposed", evidence_note=text)
	assert answer.ok and case.stored()["evidence_note"] == text, answer.text[:300]
	shown = answer.json()["docs"][0]["evidence_note"]
	assert shown != text and not re.search("<[a-z/!]", shown)


def test_no_page_loads_from_or_sends_to_anywhere_else(desks):
	for path in ("/login", "/app", "/api/method/ping", "/printview?doctype=Incident&name=x"):
		policy = desks["officer"].get(path).headers["Content-Security-Policy"]
		assert "default-src 'self'" in policy and "form-action 'self'" in policy and "http" not in policy


def test_no_name_ends_an_attribute_in_another_s_desk(desks, attack):
	bad = '" onanimationstart="x()" x="'
	for reader, doctype, values in (
		("administrator", "Political Party", {"party_name": bad}),
		("administrator", "Incident Category", {"category_name": bad}),
		("administrator", "Incident Place", {"value": bad}),
		("system_manager", "Role Profile", {"role_profile": bad}),
		("system_manager", "Module Profile", {"module_profile_name": bad}),
		("system_manager", "Email Account", {"email_account_name": bad, "email_id": "x@example.invalid"}),
	):
		answer = attack.desk(reader).post(f"/api/resource/{doctype}", json=values)
		assert answer.status_code == 417, f"{doctype}: {answer.text[:300]}"


def test_no_log_holds_markup_that_a_stranger_has_sent(desks, attack, stack):
	mark = secrets.token_hex(4)
	for name in (json.dumps([f"<img src=x onerror={mark}>"]), json.dumps(f"<img src=x onerror={mark}>")):
		answer = attack.desk("guest").post("/api/method/login", data={"usr": name, "pwd": "x"})
		assert answer.status_code in (401, 403, 417), answer.text[:300]
	request = method("frappe.core.doctype.access_log.access_log.make_access_log", doctype="User", document=f"<img src=x onerror={mark}>", report_name=f"<b>{mark}</b>")  # fmt: skip
	request.send(desks["plain"])
	with site(stack):
		rows = frappe.get_all("Activity Log", {"user": ("like", f"%{mark}%")}, ["*"])
		printed = frappe.get_all("Access Log", {"reference_document": ("like", f"%{mark}%")}, ["*"])
	assert rows and printed and "<" not in str(rows + printed)


# --- rows that are said twice, and what is stored then


def test_no_row_is_said_twice_or_made_up(desks, attack, stack, somebody):
	"""The last of two is kept, and whoever looks at what was sent sees both."""
	role = method("frappe.client.get", doctype="User", name=somebody).send(desks["system_manager"]).json()
	row = role["message"]["roles"][0]
	party = attack.people["administrator"].read("Political Party", case_party(attack))
	first, *others = party["officers"]
	for desk, at, values in (
		(desks["system_manager"], f"User/{somebody}", {"roles": [row, {**row, "role": "Translator"}]}),
		(desks["system_manager"], f"User/{somebody}", {"roles": [row, {"name": "a1b2c3d4e5", "role": "Municipal Director"}]}),
		(attack.desk("administrator"), f"Political Party/{party['name']}", {"officers": [first, *others, first]}),
	):  # fmt: skip
		before = changes_of(stack, somebody)
		answer = desk.put(f"/api/resource/{at}", json=values)
		assert answer.status_code == 403 and "rad" in said(answer).lower(), answer.text[:300]
		assert changes_of(stack, somebody) == before
	assert (
		attack.people["administrator"].read("Political Party", party["name"])["officers"] == party["officers"]
	)


def test_an_account_that_is_switched_off_by_a_word_has_lost_its_roles_in_the_log_too(desks, stack, somebody):
	assert desks["system_manager"].put(f"/api/resource/User/{somebody}", json={"enabled": "0"}).ok
	assert any(text.startswith("Har inte längre rollen") or "inte längre" in text for text in changes_of(stack, somebody))  # fmt: skip


def test_a_key_of_an_account_without_a_role_is_told_as_any_other(desks, stack):
	user = new_person(stack, "Nyckel Nilsson").user
	desk, at = desks["system_manager"], f"/api/resource/User/{user}"
	for values, word in (
		({"api_secret": "hemligt"}, "API-nyckel"),
		({"api_key": secrets.token_hex(6)}, "API-nyckel"),
		({"new_password": secrets.token_urlsafe(12)}, "lösenord"),
		({"phone": "+46700000009"}, "telefonnummer"),
	):
		before = len([text for text in changes_of(stack, user) if word in text])
		assert desk.put(at, json=values).ok
		assert len([text for text in changes_of(stack, user) if word in text]) == before + 1, values


@pytest.mark.parametrize("welcome", [0, 1])
def test_a_new_account_is_told_with_its_roles_or_is_not_there(stack, welcome):
	"""With a mail of welcome, Frappe reads the account back as if it had been there, and where it cannot be sent, leaves it."""
	address = f"{secrets.token_hex(4)}@example.invalid"
	body = {
		"doctype": "User",
		"first_name": "Ny",
		"send_welcome_email": welcome,
		"roles": [{"role": access.STRATEGIST}],
	}
	with site(stack):
		frappe.conf.throttle_user_limit = 1000
		frappe.get_doc({**body, "email": address}).insert()
		frappe.db.commit()
	assert [text for text in changes_of(stack, address) if "säkerhetsstrateg" in text]
	other = f"x{address}"
	with site(stack), patch("hot_rutin.accounts.changes.note", side_effect=AttributeError):
		frappe.conf.throttle_user_limit = 1000
		with pytest.raises(AttributeError):
			frappe.get_doc({**body, "email": other}).insert()
		frappe.db.rollback()
		assert not frappe.db.exists("User", other)


def test_roles_are_those_that_are_stored(desks, attack, stack):
	"""A request that fails has put roles into the cache that were never stored, and one beside it those that were taken away."""
	manager, at = desks["system_manager"], f"/api/resource/User/{attack.people['system_manager'].user}"
	roles = [*manager.get(at).json()["data"]["roles"], {"role": access.STRATEGIST}, {"role": access.AUDITOR}]
	with patch("frappe.core.doctype.user.user.User.on_change", create=True, side_effect=AttributeError):
		assert manager.put(at, json={"roles": roles}).status_code == 500
	for doctype in ("Incident", "Incident Access Log"):
		assert manager.get(f"/api/resource/{doctype}").status_code == 403
	person = new_person(stack, "Sten Strateg", access.STRATEGIST)
	assert person.desk.get("/api/resource/Incident").json()["data"]
	with site(stack):
		frappe.db.delete("Has Role", {"parent": person.user})
		frappe.db.commit()
		assert access.STRATEGIST in frappe.cache.hget("roles", person.user)
	assert person.desk.get("/api/resource/Incident").status_code == 403


@pytest.mark.parametrize("ended", ["signed out elsewhere", "switched off"])
def test_a_session_that_is_not_there_any_more_opens_nothing(stack, ended):
	"""A request that was under way has written it back to where Frappe looks first."""
	person = new_person(stack, "Sven Strateg", access.STRATEGIST)
	sid = person.desk.cookies["sid"]
	with site(stack):
		if ended == "switched off":
			frappe.db.set_value("User", person.user, "enabled", 0)
		else:
			frappe.db.delete("Sessions", {"sid": sid})
		frappe.db.commit()
		assert frappe.cache.hget("session", sid)
	for path in ("/api/resource/Incident", "/api/method/frappe.auth.get_logged_user"):
		# Stable version 15 says itself that an account is off.
		assert person.desk.get(path).status_code in (403, 417), path
	# Nor the desk: refused, or led to the sign-in page.
	assert "frappe.boot = JSON.parse(" not in person.desk.get("/app").text


def test_nothing_is_filled_in_for_somebody_unseen(desks, somebody):
	for key, value in (("workflow_state", "Closed"), ("email_account", "x")):
		body = {"defaults": [{"defkey": key, "defvalue": value}]}
		assert desks["system_manager"].put(f"/api/resource/User/{somebody}", json=body).status_code == 403


def test_an_account_has_one_address(desks):
	mark = secrets.token_hex(3)
	for address in (f"{mark}a@example.invalid,{mark}b@example.invalid", f"{mark}`x@example.invalid"):
		body = {"email": address, "first_name": "Två", "send_welcome_email": 0}
		answer = desks["system_manager"].post("/api/resource/User", json=body)
		assert answer.status_code == 417 and "Två" not in answer.text, answer.text[:300]


# --- what is kept running, and what everybody knows of everybody


def test_settings_are_not_deleted_nor_the_clock_moved(desks):
	for doctype in ("Hot Rutin Settings", "System Settings"):
		for request in (
			ask("delete", f"/api/resource/{doctype}/{doctype}", "DELETE"),
			method("frappe.client.delete", doctype=doctype, name=doctype),
		):
			assert request.send(desks["site_administrator"]).status_code == 403
	answer = desks["system_manager"].put("/api/resource/System Settings/System Settings", json={"time_zone": "Pacific/Kiritimati"})  # fmt: skip
	assert answer.status_code == 403 and "driver servern" in said(answer)
	# Nor made anew, which would be compared with nothing.
	settings = desks["system_manager"].get("/api/resource/System Settings/System Settings").json()["data"]
	for values in ({"dormant_days": 36000}, {"enable_scheduler": 0}, {"time_zone": "Pacific/Kiritimati"}):
		answer = desks["system_manager"].post("/api/resource/System Settings", json={**settings, **values})
		assert answer.status_code == 403, answer.text[:300]


def test_nothing_that_is_sent_elsewhere_is_set_in_the_desk(desks):
	"""What names a header in a request to a gateway could speak to any server that stands beside this one."""
	row = {"parameter": "x y", "value": "v", "header": 1}
	settings = {"sms_gateway_url": "http://127.0.0.1:1/", "message_parameter": "m", "receiver_parameter": "r"}
	for reader in ("system_manager", "site_administrator"):
		body = {**settings, "parameters": [row]}
		assert desks[reader].put("/api/resource/SMS Settings/SMS Settings", json=body).status_code == 403


def test_nothing_is_changed_or_deleted_by_a_link(desks, stack, somebody):
	"""The framework asks for a token only where something is sent."""
	desk = desks["system_manager"]
	stored = desk.get(f"/api/resource/User/{somebody}").json()["data"]
	doc = {"doctype": "User", "name": somebody, "modified": stored["modified"], "bio": "x"}
	for way, values in (
		("frappe.desk.reportview.delete_items", {"doctype": "User", "items": json.dumps([somebody])}),
		("frappe.client.delete", {"doctype": "User", "name": somebody}),
		("frappe.client.set_value", {"doctype": "User", "name": somebody, "fieldname": "bio", "value": "x"}),
		("frappe.desk.form.save.savedocs", {"doc": json.dumps(doc), "action": "Save"}),
	):
		assert desk.get(f"/api/method/{way}", params=values).status_code == 403, way
	with site(stack):
		assert frappe.db.get_value("User", somebody, "bio") != "x"


def test_a_refused_deletion_leaves_an_account_as_it_is(desks, stack):
	person = new_person(stack, "Stig Strateg", access.STRATEGIST)
	assert person.desk
	for request in (
		ask("delete", f"/api/resource/User/{person.user}", "DELETE"),
		method("frappe.client.delete", doctype="User", name=person.user),
		method("frappe.desk.reportview.delete_items", doctype="User", items=[person.user]),
	):
		answer = request.send(desks["system_manager"])
		assert answer.status_code == 403 and "Stäng av" in said(answer), said(answer)
	assert person.desk.get("/api/resource/Incident").ok and person.another_desk()


def test_nobody_is_kept_out_or_led_elsewhere_by_their_account(desks, somebody):
	for values in ({"simultaneous_sessions": -3}, {"redirect_url": "https://example.invalid"}):
		assert desks["system_manager"].put(f"/api/resource/User/{somebody}", json=values).status_code == 417


def test_reminders_are_not_silenced_by_settings(attack):
	desk = attack.desk("administrator")
	for values in (
		{"quiet_from": "00:00:00", "quiet_to": "23:59:59"},
		{"again_after_days": 99999},
		{"again_after_days": 0.5},
		{"assessment_hours": 2147483647},
	):
		answer = desk.put("/api/resource/Hot Rutin Settings/Hot Rutin Settings", json=values)
		assert answer.status_code == 417, answer.text[:300]


def test_the_plan_is_no_way_to_ask_what_stands_in_cases(attack):
	"""A step that is proven by something else in turn would end in the plan for the cases in which that is recorded."""
	desk = attack.desk("administrator")
	for values in (
		{"evidence": "Company Home"},
		{"not_needed": "By the Record"},
		{"responsible_role": "System Manager"},
		{"responsible_role": "Routine Manager"},
	):
		answer = desk.put("/api/resource/Routine Step/3.1.1-2", json=values)
		assert answer.status_code == 417, (values, answer.text[:300])


def test_the_administrator_saves_a_step_and_a_deadline_that_name_our_documents(attack):
	desk = attack.desk("administrator")
	step = desk.get("/api/resource/Routine Step/3.1.1-1").json()["data"]
	saved = method("frappe.desk.form.save.savedocs", doc=step, action="Save").send(desk)
	assert saved.ok, saved.text[:300]
	settings = desk.get("/api/resource/Hot Rutin Settings/Hot Rutin Settings").json()["data"]
	saved = desk.put("/api/resource/Hot Rutin Settings/Hot Rutin Settings", json={"reminder_times": settings["reminder_times"]})  # fmt: skip
	assert saved.ok, saved.text[:300]


@pytest.mark.parametrize("reader", ("exposed", "officer", "director", "plain", "auditor", "administrator"))
def test_nobody_sees_when_and_from_where_another_has_signed_in(attack, reader):
	desk = attack.desk(reader)
	for request in (
		ask("list", "/api/resource/User", fields='["name","last_active"]'),
		ask("list", "/api/resource/User", fields='["*"]'),
		ask("list", "/api/resource/User", fields='["name"]', order_by="Last_Active desc"),
		ask("list", "/api/resource/User", filters='{"mobile_no":["like","%1%"]}'),
		method("frappe.desk.reportview.get", doctype="User", fields=["`tabUser`.`last_ip`"], filters=[]),
		method("frappe.client.get_value", doctype="User", fieldname="phone", filters={"enabled": 1}),
		method("frappe.client.validate_link", doctype="User", docname=attack.people["officer"].user, fields=["mobile_no"]),
		method("frappe.desk.search.search_link", doctype="User", txt="127", searchfield="last_ip"),
		method("frappe.desk.search.search_link", doctype="Language", txt="a", query="frappe.core.doctype.user.user.user_query", filters={"last_login": [">", "2020-01-01"]}),
		ask("list", "/api/resource/User", fields='["name","`tabUser Social Login`.provider"]'),
		ask("list", "/api/resource/User", filters='[["User Social Login","userid","like","%a%"]]'),
		ask("rows", "/api/resource/Has Role", parent="User", fields='["*"]'),
		ask("rows", "/api/resource/DefaultValue", parent="User", fields='["*"]'),
	):  # fmt: skip
		answer = request.send(desk)
		assert answer.status_code == 403, f"{request}: {answer.text[:200]}"
	assert method("frappe.desk.search.search_link", doctype="User", txt="").send(desk).ok
	assert ask("list", "/api/resource/User", fields='["name","full_name"]').send(desk).ok


# --- what one may no longer read


def test_a_report_sent_twice_is_told_to_its_reporter_while_it_is_theirs(attack):
	"""Afterwards each try would tell whether the case says so still."""
	world, people = attack.world, attack.people
	facts = {"event_on": "2026-01-01 10:00:00", "what_happened": f"Hot {secrets.token_hex(4)}"}
	said_first = people["proxy"].report(world.representatives["exposed"], **facts)
	name = said_first.json()["data"]["name"]
	again = people["proxy"].report(world.representatives["exposed"], **facts)
	assert again.status_code == 409 and name in again.text
	# A number is equal to any text in the database.
	again = people["proxy"].report(world.representatives["exposed"], **{**facts, "what_happened": 0, "contact_phone": "x<"})  # fmt: skip
	assert name not in again.text
	officer = people["officer"]
	assert officer.press(officer.read("Incident", name), "Start Assessment").ok
	again = people["proxy"].report(world.representatives["exposed"], **facts, contact_phone="x<")
	assert again.status_code != 409 and name not in again.text


@pytest.mark.parametrize("spelt", ("What_Happened", "WHAT_HAPPENED"))
def test_a_count_is_logged_however_its_column_is_spelt(attack, case, stack, spelt):
	officer, name = attack.people["officer"], case.documents["Incident"]
	request = method("frappe.client.get_count", doctype="Incident", filters={spelt: ["like", f"%{case.canary}%"]})  # fmt: skip
	before = readings_of(stack, attack, "officer", name)
	answer = request.send(officer.another_desk())
	assert not answer.ok or readings_of(stack, attack, "officer", name) == before + 1


def test_a_comment_is_changed_by_whoever_wrote_it_and_a_notice_read_by_whom_it_is_for(
	desks, attack, case, stack
):
	assert comment(case, "<p>Först</p>").send(desks["officer"]).ok
	with site(stack):
		mine = frappe.get_last_doc("Comment", {"reference_name": case.documents["Incident"]}).name
		frappe.get_doc({"doctype": "Notification Log", "for_user": attack.people["officer"].user, "subject": "x", "type": "Alert"}).insert()  # fmt: skip
		notice = str(frappe.get_last_doc("Notification Log").name)
		frappe.db.commit()
	change = method("frappe.desk.form.utils.update_comment", name=mine, content="<p>Sedan</p>")
	assert change.send(desks["officer"]).ok and "Sedan" in stored_comment(stack, case)
	assert change.send(attack.desk("deputy")).status_code == 403
	read = method("frappe.desk.doctype.notification_log.notification_log.mark_as_read", docname=notice)
	assert read.send(desks["plain"]).status_code == 403 and read.send(desks["officer"]).ok


def test_no_linked_document_s_columns_are_listed(attack, desks):
	for reader, place in (("exposed", "Incident Access Log"), ("officer", "Elected Representative")):
		answer = ask("list", f"/api/resource/{place}", fields='["name","user.last_ip"]').send(attack.desk(reader))  # fmt: skip
		assert answer.status_code == 403, answer.text[:300]


def test_a_mention_confirms_no_file_of_what_one_may_not_read(attack, stack):
	"""The director may read the police report, and not the incident of the same case."""
	case = next(c for c in attack.cases if (c.party, c.state) == ("A", "Awaiting Police Report"))
	desk, mentioned = attack.desk("director"), case.documents["Police Report"]
	with site(stack):
		there = frappe.db.get_value("File", {"attached_to_name": case.documents["Incident"]}, "file_url")
	missing = there[:-5] + "x" + there[-4:]
	for made in (
		lambda url: ask("file", url, x=mentioned),
		lambda url: method("download_file", file_url=url, x=mentioned),
	):
		answers = [made(url).send(desk) for url in (there, missing)]
		assert answers[0].status_code == answers[1].status_code == 403
		assert masked(answers[0], there) == masked(answers[1], missing)


def test_what_changes_something_is_not_asked_for_by_an_address(attack):
	desk = attack.people["officer"].another_desk()
	for called in ("logout", "frappe.core.doctype.access_log.access_log.make_access_log", "frappe.model.utils.user_settings.save"):  # fmt: skip
		assert (
			ask("get", f"/api/method/{called}", doctype="Note", method="Print").send(desk).status_code == 403
		)
	assert desk.get("/api/method/frappe.auth.get_logged_user").ok


def test_a_file_is_attached_to_one_s_own_account_only(desks, attack):
	other = attack.people["strategist"].user
	assert upload(desks["officer"], "x.txt", b"x", doctype="User", docname=other).status_code == 403
	own = attack.people["officer"].user
	assert upload(desks["officer"], "x.txt", b"x", doctype="User", docname=own).ok


# --- what lets somebody in and what tells of it stand or fall together


def test_no_role_is_kept_when_what_logs_it_is_not(attack, stack, somebody):
	"""The framework stores a new password, and all before it, before anything is noted, where that ends other sessions."""
	from world import Person

	with site(stack):
		user = frappe.get_doc("User", somebody)
		user.add_roles("System Manager")
		user.update({"new_password": "en-lang-rad-ord-8472", "simultaneous_sessions": 5}).save()
		frappe.db.commit()
	person = Person(stack, {"name": "x", "user": somebody, "password": "en-lang-rad-ord-8472", "roles": []})
	desks = [person.another_desk() for _session in range(3)]
	values = {"new_password": "en-annan-rad-ord-9183", "logout_all_sessions": 1, "simultaneous_sessions": 1, "first_name": "N" * 115, "roles": [{"role": "System Manager"}, {"role": "Municipal Security Strategist"}]}  # fmt: skip
	at = f"/api/resource/User/{somebody}"
	manager = attack.desk("system_manager")
	answer = manager.put(at, json={**values, "parenttype": "User", "parent": "ingen@example.invalid"})
	assert answer.status_code == 403, answer.text[:300]
	with site(stack):
		assert "Municipal Security Strategist" not in frappe.get_roles(somebody)
	assert manager.put(at, json=values).ok
	assert any("strateg" in text for text in changes_of(stack, somebody))
	for desk in desks:
		assert not desk.get("/api/method/frappe.auth.get_logged_user").ok
	assert manager.get("/api/method/frappe.auth.get_logged_user").ok


def test_a_new_password_by_a_link_is_set_with_its_row_or_not_at_all(attack, stack):
	from hashlib import sha256

	person = new_person(stack, "Lina Länk", access.OFFICER)
	user, session = person.user, person.desk
	key, new = secrets.token_hex(16), "ett-helt-nytt-losen-5521"

	def set_by_link(**limits):
		stored = key if "dev" in frappe.__version__ else sha256(key.encode()).hexdigest()
		with site(stack):
			frappe.db.set_value("User", user, {"reset_password_key": stored, "last_reset_password_key_generated_on": frappe.utils.now_datetime(), **limits})  # fmt: skip
			frappe.clear_cache(user=user)
			frappe.db.commit()
		return method("frappe.core.doctype.user.user.update_password", new_password=new, key=key, logout_all_sessions=1).send(attack.desk("guest"))  # fmt: skip

	# Nobody signs in after the last hour and before the first.
	answer = set_by_link(login_after=25, login_before=26)
	assert not answer.ok and not [text for text in changes_of(stack, user) if "länken" in text]
	with site(stack), pytest.raises(frappe.AuthenticationError):
		frappe.utils.password.check_password(user, new)
	assert session.get("/api/method/frappe.auth.get_logged_user").ok
	assert set_by_link(login_after=0, login_before=0).ok
	assert [text for text in changes_of(stack, user) if "länken" in text]
	assert not session.get("/api/method/frappe.auth.get_logged_user").ok


def test_what_is_logged_stands_though_nobody_could_be_told(stack, somebody):
	from hot_rutin.accounts import changes

	with site(stack), patch("hot_rutin.reminders.mails.queue", side_effect=AttributeError):
		changes.note(somebody, "prov", and_to=somebody)
		assert frappe.db.exists("Access Change", {"user": somebody, "change": "prov"})


def test_no_name_or_address_breaks_or_writes_the_mail_that_tells(desks, stack, somebody):
	desk = desks["system_manager"]
	for address in (".:bob@example.invalid", "():bob@(\u200b)example.invalid", "å@example.invalid"):
		body = {"email": address, "first_name": "Bo", "send_welcome_email": 0}
		assert desk.post("/api/resource/User", json=body).status_code == 417
	for values in ({"first_name": "Vic\n\nDetta var en övning."}, {"username": "nagon@example.invalid"}, {"redirect_url": "javascript:x()"}):  # fmt: skip
		assert desk.put(f"/api/resource/User/{somebody}", json=values).status_code == 417, values


def test_whoever_changes_something_is_told_by_their_address(desks, attack, stack, somebody, mailbox):
	role = {"roles": [{"role": "Routine Auditor"}]}
	assert desks["system_manager"].put(f"/api/resource/User/{somebody}", json=role).ok
	auditor, by = attack.people["auditor"].user, attack.people["system_manager"].user

	def text(message):
		return "".join(part.get_content() for part in message.walk() if part.get_content_maintype() == "text")

	assert mailbox.wait_for(auditor, lambda message: somebody in text(message) and f"({by})" in text(message))


def test_nobody_writes_another_s_settings_for_notices(desks, attack, stack):
	other = attack.people["strategist"].user
	at = f"/api/resource/Notification Settings/{other}"
	assert not desks["officer"].put(at, json={"enabled": 0}).ok
	seen = method("frappe.desk.doctype.notification_settings.notification_settings.set_seen_value", value=1, user=other)  # fmt: skip
	with site(stack):
		frappe.db.set_value("Notification Settings", other, "seen", 0)
		frappe.db.commit()
	seen.send(desks["officer"])
	with site(stack):
		assert not frappe.db.get_value("Notification Settings", other, "seen")
