"""What an account may change of itself, by which ways it gets in, and whose word and signature stands: tried over HTTP."""

import base64
import email
import email.policy
import json
import secrets
import time

import frappe
import pytest
from accounts import set_in_database, token
from hot_rutin.access import policy as access
from hot_rutin.access.policy import WRITABLE
from uploads import upload
from world import REFUSED, Desk, assessment, new_person, now, said, site

PIXEL = base64.b64decode(
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SET_PASSWORD = "/api/method/frappe.core.doctype.user.user.update_password"


@pytest.fixture
def person(stack):
	"""A manager with an account that no other test knows."""
	return new_person(stack, "Mia Chef", access.MANAGER)


@pytest.fixture
def keeper(stack):
	"""A system manager, who keeps accounts."""
	return new_person(stack, "Kim Konto", "System Manager")


def at(person):
	return f"/api/resource/User/{person.user}"


def changes_of(stack, user):
	with site(stack):
		return frappe.get_all("Access Change", {"user": user}, pluck="change", order_by="creation")


# --- the picture of an account


def private_file(person, **place):
	answer = upload(person.desk, f"{secrets.token_hex(4)}.png", PIXEL + secrets.token_bytes(8), **place)
	assert answer.ok, answer.text[:1000]
	return answer.json()["message"]["file_url"]


def is_public(stack, url):
	"""Whether what is stored at a private address has a copy that everybody may fetch."""
	with site(stack):
		content = open(frappe.get_site_path(url.lstrip("/")), "rb").read()
		public = frappe.get_all("File", {"is_private": 0, "is_folder": 0}, pluck="file_url")
		paths = {frappe.get_site_path("public", place.lstrip("/")) for place in public if place}
		return any(open(path, "rb").read() == content for path in paths if frappe.os.path.isfile(path))


@pytest.mark.parametrize("field", ("user_image", "banner_image"))
@pytest.mark.parametrize("attached", (True, False))
def test_no_picture_of_an_account_is_somebody_else_s_file(stack, person, field, attached):
	other = new_person(stack, "Annan Person", access.MANAGER)
	place = {"doctype": "User", "docname": other.user, "fieldname": "user_image"} if attached else {}
	url = private_file(other, **place)
	stored = person.desk.get(at(person)).json()["data"]
	for answer in (
		person.desk.put(at(person), json={field: url}),
		person.desk.post(
			"/api/method/frappe.client.set_value",
			json={"doctype": "User", "name": person.user, "fieldname": {field: url}},
		),
		person.save({**stored, field: url}),
	):
		assert answer.status_code in REFUSED, answer.text[:300]
	assert not is_public(stack, url)
	assert not person.desk.get(at(person)).json()["data"].get(field)


def test_one_s_own_picture_is_shown_and_stays_private(stack, person):
	url = private_file(person, doctype="User", docname=person.user, fieldname="user_image")
	assert person.desk.put(at(person), json={"user_image": url}).ok
	assert person.desk.put(at(person), json={"bio": "x"}).ok
	assert person.desk.get(url).content.startswith(PIXEL)
	assert not is_public(stack, url) and Desk(stack).get(url).status_code == 403


def test_no_field_of_any_document_that_is_written_makes_another_s_file_public(stack, keeper, person):
	url = private_file(person)
	with site(stack):
		fields = [
			(doctype, field.fieldname)
			for doctype in sorted(WRITABLE)
			for field in frappe.get_meta(doctype).get(
				"fields", {"fieldtype": ("in", ("Attach", "Attach Image"))}
			)
		]
		names = {doctype: frappe.db.get_value(doctype, {}, "name") for doctype, _field in fields}
	assert ("User", "user_image") in fields and len({doctype for doctype, _field in fields}) > 1
	for doctype, field in fields:
		answer = keeper.put(doctype, names[doctype] or doctype, **{field: url})
		assert answer.status_code in REFUSED, (doctype, field, answer.text[:300])
	assert not is_public(stack, url)


# --- where and when somebody is let in


@pytest.mark.parametrize("kind", ("token", "Basic", "Bearer"))
@pytest.mark.parametrize(
	"limit", ({"restrict_ip": "192.0.2.1"}, {"login_after": 25}, {"login_before": -1}, {"enabled": 0})
)
def test_a_key_opens_nothing_where_and_when_a_password_would_not(stack, person, kind, limit):
	desk = Desk(stack)
	desk.headers["Authorization"] = token(stack, person, kind)

	def who():
		answer = desk.get("/api/method/frappe.auth.get_logged_user")
		return answer.json()["message"] if answer.ok else answer.status_code

	assert who() == person.user
	set_in_database(stack, person, **limit)
	assert who() in (401, 403)
	assert desk.get("/api/resource/User").status_code in (401, 403)
	set_in_database(
		stack, person, **{name: "" if name == "restrict_ip" else name == "enabled" for name in limit}
	)
	assert who() == person.user


# --- whose word holds


def decide(case, who, decision, **ago):
	"""Record a decision over REST, said at a typed time."""
	person = case.world.people[who]
	rows = [*case.stored()["police_decisions"], {"decision": decision, "decided_on": now(**ago)}]
	answer = person.put("Incident", case.name, police_decisions=rows)
	assert answer.ok, said(answer)
	return case


AHEAD = {"minutes": -4}  # as far as a telephone's clock may be


def test_the_own_no_outranks_a_yes_recorded_before_it_whatever_times_were_typed(world):
	case = world.case("police contacted")
	decide(decide(case, "officer", "Yes", **AHEAD), "exposed", "No")
	assert case.stored()["police_decision"] == "No"
	assert case.attempt_press("strategist", "Request Police Report").status_code in REFUSED
	case.press("strategist", "No Police Report")
	assert case.state == "Support and Information" and not case.stored().get("police_report")


@pytest.mark.parametrize("stage", ("requested", "approved"))
def test_the_own_no_withdraws_a_report_that_a_yes_dated_ahead_has_asked_for(world, stage):
	case = decide(world.case("police contacted"), "officer", "Yes", **AHEAD)
	case.press("strategist", "Request Police Report")
	if stage == "approved":
		case.press("director", "Approve", doctype="Police Report")
	decide(case, "exposed", "No")
	assert case.state == "Police Consultation"
	assert case.stored("Police Report")["workflow_state"] == "Withdrawn"
	assert case.attempt_press("director", "Record Filing", "Police Report").status_code in REFUSED


def test_what_is_recorded_last_holds_and_the_report_says_when_it_was_said(world):
	case = world.case("police contacted")
	decide(decide(case, "exposed", "No", **AHEAD), "officer", "Yes", hours=1)
	assert case.stored()["police_decision"] == "Yes"
	case.press("strategist", "Request Police Report")
	rows = case.stored()["police_decisions"]
	assert case.stored("Police Report")["decided_on"] == rows[-1]["decided_on"] < rows[0]["decided_on"]


def test_the_assessment_recorded_last_says_whether_the_strategist_is_needed(world):
	case = world.case("assessment")
	case.write("officer", assessments=[assessment(strategist_needed="No", assessed_on=now(**AHEAD))])
	case.write("officer", assessments=[assessment(strategist_needed="Yes", assessed_on=now(hours=1))])
	assert case.steps()["3.1.1-3"]["status"] == "Waiting"
	assert case.attempt_press("officer", "Handle in Party").status_code in REFUSED


@pytest.fixture
def by_telephone(stack, world):
	"""A case of somebody without an account, with the conversation held, and their account to be."""
	person = new_person(stack, "Tea Telefon", access.EXPOSED)
	with site(stack):
		party = frappe.db.get_value("Elected Representative", world.representatives["exposed"], "party")
		representative = frappe.get_doc(
			{"doctype": "Elected Representative", "full_name": person.name, "party": party}
		).insert(ignore_permissions=True)
		frappe.db.commit()
	name = world.officer.report(representative.name).json()["data"]["name"]
	follow_up = world.officer.read("Incident", name)["follow_up"]

	def has_account(user):
		with site(stack):
			frappe.db.set_value("Elected Representative", representative.name, "user", user)
			frappe.db.commit()

	return person, follow_up, has_account


def answer_need(person, follow_up, *rows):
	stored = person.read("Follow-up", follow_up)["support_needs"]
	answer = person.put("Follow-up", follow_up, support_needs=[*stored, *rows])
	assert answer.ok, said(answer)
	return answer.json()["data"].get("support_needed")


def test_an_own_answer_on_support_outranks_one_written_down_before_it(world, by_telephone):
	person, follow_up, has_account = by_telephone
	yes, no = ({"answer": answer, "consulted_with": "Officer"} for answer in ("Yes", "No"))
	assert answer_need(world.officer, follow_up, yes) == "Yes"
	has_account(person.user)
	# Not discussed with anybody yet, the answer is not complete; but the earlier one is no longer theirs.
	assert not answer_need(person, follow_up, {"answer": "No"})
	rows = person.read("Follow-up", follow_up)["support_needs"]
	rows[1]["consulted_with"] = "Officer"
	answer = world.officer.put("Follow-up", follow_up, support_needs=rows)
	assert answer.json()["data"]["support_needed"] == "No", said(answer)
	# An earlier row that is answered anew is the latest word.
	for word in ("No", "Yes"):
		time.sleep(1.1)  # answers are known by the second
		rows = person.read("Follow-up", follow_up)["support_needs"]
		rows[0]["answer"] = word
		answer = person.put("Follow-up", follow_up, support_needs=rows)
		assert answer.json()["data"]["support_needed"] == word, said(answer)
	assert answer_need(person, follow_up, no) == "No"


def test_an_answer_written_down_later_holds(world, by_telephone):
	person, follow_up, has_account = by_telephone
	has_account(person.user)
	assert answer_need(person, follow_up, {"answer": "No", "consulted_with": "Officer"}) == "No"
	has_account(None)
	assert answer_need(world.officer, follow_up, {"answer": "Yes", "consulted_with": "Officer"}) == "Yes"


# --- who signs


@pytest.mark.parametrize("name", ("first_name", "middle_name", "last_name"))
def test_nobody_renames_themself(stack, person, name):
	stored = person.desk.get(at(person)).json()["data"]
	for answer in (
		person.desk.put(at(person), json={name: "Annan"}),
		person.save({**stored, name: "Annan"}),
		person.desk.post(
			"/api/method/frappe.client.set_value",
			json={"doctype": "User", "name": person.user, "fieldname": name, "value": "Annan"},
		),
	):
		assert answer.status_code == 403 and "administratör" in said(answer), answer.text[:300]
	assert person.desk.get(at(person)).json()["data"].get(name) == stored.get(name)


def test_a_name_that_an_administrator_changes_is_logged_and_told(stack, world, keeper, person):
	assert keeper.put("User", person.user, first_name="Maja").ok
	change = changes_of(stack, person.user)[-1]
	assert person.name in change and "Heter" in change
	for user in (person.user, world.auditor.user):
		mails = told(stack, user)
		assert f"Heter inte längre {person.name}" in mails
		assert f"Maja {person.name.split(' ', 1)[1]} ({person.user})" in mails


def told(stack, user):
	"""The texts of the mails that are queued for somebody, or were sent to them."""
	with site(stack):
		queued = frappe.get_all("Email Queue Recipient", {"recipient": user}, pluck="parent")
		mails = frappe.get_all("Email Queue", {"name": ("in", queued)}, pluck="message")
	messages = [email.message_from_string(mail, policy=email.policy.default) for mail in mails]
	return "\n".join(" ".join(message.get_body(("plain",)).get_content().split()) for message in messages)


def test_what_is_signed_carries_the_account(stack, world, keeper):
	case = world.case("filed").support().inform().converse()
	case.assess_needs("No")
	said_by_another = {
		"reference_doctype": "Incident",
		"reference_name": case.name,
		"content": "av mig",
		"comment_by": world.officer.name,
		"comment_email": world.officer.user,
	}
	called = "/api/method/frappe.desk.form.utils.add_comment"
	assert world.exposed.desk.post(called, json=said_by_another).ok
	incident, report, follow_up = (
		case.stored(doctype) for doctype in ("Incident", "Police Report", "Follow-up")
	)
	assert incident["reported_by"] == world.exposed.signature
	assert incident["strategist_contacted_by"] == world.officer.signature
	assert incident["police_decisions"][0]["recorded_by"] == world.exposed.signature
	for row in incident["information_notices"]:
		assert row["officer_approval"].startswith(world.officer.signature + " ")
		assert row["strategist_approval"].startswith(world.strategist.signature + " ")
	assert report["filed_by"] == world.director.signature
	assert follow_up["conversations"][0]["documented_by"] == world.officer.signature
	assert follow_up["support_needs"][0]["answered_by"] == world.exposed.signature
	done = {row["step"]: row["done_by"] for row in incident["steps"] if row["status"] == "Done"}
	assert len(done) > 10 and all(by.endswith(")") and "@" in by for by in done.values()), done
	assert done["3.1.3-1"] == world.director.signature
	with site(stack):
		comment = frappe.get_last_doc("Comment", {"reference_name": case.name, "comment_type": "Comment"})
		assert (comment.comment_by, comment.comment_email) == (world.exposed.signature, world.exposed.user)


def test_two_of_one_name_sign_apart(stack, world, keeper):
	namesake = new_person(stack, "Tillfällig Person", access.STRATEGIST)
	first, last = world.officer.name.split(" ", 1)
	assert keeper.put("User", namesake.user, first_name=first, last_name=last).ok
	case = world.case("consultation").decide("No")
	copy = namesake.create("Masked Copy", incident=case.name, grounds="x")
	assert copy.ok, said(copy)
	assert copy.json()["data"]["made_by"] == f"{world.officer.name} ({namesake.user})"


# --- a new password, and what a code may go to


@pytest.mark.parametrize("values", ({"new_password": "en-helt-ny-losen-5521"}, {"new_password": "en-helt-ny-losen-5521", "logout_all_sessions": 1}))  # fmt: skip
def test_a_session_sets_no_new_password_without_the_old_one(stack, person, keeper, values):
	for somebody in (person, keeper):
		stored = somebody.desk.get(at(somebody)).json()["data"]
		for answer in (
			somebody.desk.put(at(somebody), json=values),
			somebody.save({**stored, **values}),
			somebody.desk.post(
				"/api/method/frappe.client.set_value",
				json={"doctype": "User", "name": somebody.user, "fieldname": values},
			),
			somebody.desk.post(SET_PASSWORD, json={"new_password": values["new_password"]}),
			somebody.desk.post(SET_PASSWORD, json={**values, "old_password": "fel"}),
		):
			assert not answer.ok, answer.text[:300]
		assert "/update-password" in said(somebody.desk.put(at(somebody), json=values))
		somebody.another_desk()  # the old one still signs in
		assert not [text for text in changes_of(stack, somebody.user) if "lösenord" in text]


def test_a_system_manager_gives_themself_no_key_that_sets_a_password(stack, keeper):
	with site(stack):
		before = frappe.db.get_value("User", keeper.user, "reset_password_key")
	keeper.put("User", keeper.user, reset_password_key=secrets.token_hex(16))
	with site(stack):
		assert frappe.db.get_value("User", keeper.user, "reset_password_key") == before


def test_a_new_password_with_the_old_one_is_logged_and_told(stack, person):
	new = f"Nytt-losen-{secrets.token_hex(6)}-kvast"
	answer = person.desk.post(SET_PASSWORD, json={"old_password": person.password, "new_password": new})
	assert answer.ok, answer.text[:300]
	assert changes_of(stack, person.user)[-1] == "Bytte lösenord"
	assert "Bytte lösenord" in told(stack, person.user)
	assert Desk(stack).log_in(person.user, new)


@pytest.mark.parametrize(
	"values, word",
	(
		({"mobile_no": "+46700000008"}, "telefonnummer"),
		({"phone": "+46700000009"}, "telefonnummer"),
		({"time_zone": "America/New_York"}, "tidszon"),
		({"bypass_restrict_ip_check_if_2fa_enabled": 1}, "andra adresser"),
	),
)
def test_what_one_changes_of_one_s_own_account_is_logged_and_told(stack, person, values, word):
	assert person.desk.put(at(person), json=values).ok
	assert [text for text in changes_of(stack, person.user) if word in text]
	assert word in told(stack, person.user)
	before = changes_of(stack, person.user)
	assert person.desk.put(at(person), json={"bio": json.dumps("x")}).ok
	assert changes_of(stack, person.user) == before


def test_signatures_from_before_get_the_account_that_their_row_belongs_to(stack, world):
	from hot_rutin.patches import signatures_carry_accounts

	case = world.case()
	with site(stack):
		for name in (world.officer.name, "N" * 140):
			frappe.db.set_value("Incident", case.name, "reported_by", name)
			for _again in range(2):
				signatures_carry_accounts.execute()
				signed = frappe.db.get_value("Incident", case.name, "reported_by")
				assert signed.endswith(f" ({world.exposed.user})") and len(signed) <= 120, signed
				assert signed.startswith(name[:50])


def test_a_name_that_is_blanked_takes_its_account_along(stack, world):
	case = world.case("decided")
	copy = world.officer.create("Masked Copy", incident=case.name, grounds="x").json()["data"]
	assert world.exposed.signature in str(copy["parts"])
	assert world.officer.put("Masked Copy", copy["name"], words=world.exposed.name).ok
	with site(stack):
		given = str(frappe.get_doc("Masked Copy", copy["name"]).sections())
	assert world.exposed.name not in given and world.exposed.user not in given
	assert world.officer.signature in given
