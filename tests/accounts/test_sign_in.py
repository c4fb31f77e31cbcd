"""Signing in, as production has it: password policy, lockout, a limit on new passwords, session expiry, and a second factor
for strategist and director. Tried over HTTP on the tests' site, whose demo goes without the second factor otherwise."""

import html
import inspect
import re
import secrets
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import frappe
import pytest
from attack import ask, masked, method
from hot_rutin.access import policy as access
from hot_rutin.setup import install
from world import Desk, forget_who_asked, new_person, said, site

SECOND_FACTOR = (access.STRATEGIST, access.DIRECTOR)


@pytest.fixture
def production(stack):
	"""The site as it is installed without the demo, and back again."""
	for conf in ({"hot_rutin_demo": 0}, {"hot_rutin_demo": 1}):
		with site(stack), patch.dict(frappe.conf, conf):
			install.require_safe_sign_in()
			frappe.db.commit()
		if not conf["hot_rutin_demo"]:
			yield


@pytest.fixture
def newcomer(stack):
	"""newcomer(role) makes somebody with that role."""
	return lambda *roles: new_person(stack, "Ny Person", *roles)


def sign_in(stack, user, password=None, **more):
	desk = Desk(stack)
	given = {"usr": user, "pwd": password} if password else {}
	return desk, desk.post("/api/method/login", data={**given, **more})


def who(desk):
	answer = desk.get("/api/method/frappe.auth.get_logged_user")
	return answer.json().get("message") if answer.ok else "Guest"


@pytest.mark.parametrize("role", SECOND_FACTOR)
def test_strategist_and_director_need_a_second_factor_in_production(
	stack, production, newcomer, mailbox, role
):
	person = newcomer(role)
	desk, answer = sign_in(stack, person.user, person.password)
	asked = answer.json()
	# The sign-in page asks for the code at this status only.
	assert answer.status_code == 200
	assert asked["verification"]["method"] == "Email" and asked.get("message") != "Logged In"
	assert who(desk) == "Guest", "the password alone opens nothing"
	mail = mailbox.wait_for(person.user, lambda message: re.search(r"\b\d{6}\b", text_of(message)))
	code = re.search(r"\b\d{6}\b", text_of(mail))[0]
	wrong = f"{(int(code) + 1) % 1_000_000:06}"
	desk, answer = sign_in(stack, person.user, otp=wrong, tmp_id=asked["tmp_id"])
	assert answer.status_code == 401 and who(desk) == "Guest"
	desk, answer = sign_in(stack, person.user, otp=code, tmp_id=asked["tmp_id"])
	assert answer.json()["message"] == "Logged In" and who(desk) == person.user
	# A code is for once.
	desk, answer = sign_in(stack, person.user, otp=code, tmp_id=asked["tmp_id"])
	assert who(desk) == "Guest"


def text_of(mail):
	return " ".join(
		re.sub(r"<[^>]+>", " ", part.get_content())
		for part in mail.walk()
		if part.get_content_type() == "text/plain"
	)


@pytest.mark.parametrize("role", [role for role in access.ROLES if role not in SECOND_FACTOR])
def test_the_others_sign_in_with_their_password(stack, production, newcomer, role):
	"""A person shaken at night is not asked for a code; a municipality can ask for one in the role."""
	person = newcomer(role)
	desk, answer = sign_in(stack, person.user, person.password)
	assert answer.json()["message"] == "Logged In" and who(desk) == person.user


def test_the_second_factor_follows_the_role(stack, production, newcomer):
	person = newcomer(access.OFFICER)
	with site(stack):
		frappe.get_doc("User", person.user).add_roles(access.DIRECTOR)
		frappe.db.commit()
	desk, answer = sign_in(stack, person.user, person.password)
	assert "verification" in answer.json() and who(desk) == "Guest"


def test_a_migration_leaves_what_the_municipality_chose(stack, production):
	from hot_rutin.setup.install import after_migrate

	with site(stack):
		frappe.db.set_single_value("System Settings", "session_expiry", "04:00")
		after_migrate()
		assert frappe.db.get_single_value("System Settings", "session_expiry") == "04:00"
		assert frappe.db.get_single_value("System Settings", "enable_two_factor_auth")


def test_a_weak_password_is_refused(stack, production, newcomer):
	person = newcomer(access.OFFICER)
	for weak in ("hemligt", "sommar2024", person.name.split()[0] + "123", "password1"):
		answer = person.desk.post(
			"/api/method/frappe.core.doctype.user.user.update_password",
			data={"old_password": person.password, "new_password": weak},
		)
		assert answer.status_code >= 400, f"{weak}: {answer.text[:300]}"
	assert who(sign_in(stack, person.user, person.password)[0]) == person.user


def test_an_account_is_locked_after_ten_wrong_passwords_and_opens_again(stack, newcomer):
	person = newcomer(access.OFFICER)
	for _try in range(11):
		assert sign_in(stack, person.user, "fel")[1].status_code == 401
	desk, answer = sign_in(stack, person.user, person.password)
	assert answer.status_code != 200 and who(desk) == "Guest", "the right one, too late"
	with site(stack):
		assert frappe.db.get_single_value("System Settings", "allow_login_after_fail") == 300
		# What five minutes do.
		frappe.cache.delete_value(["login_failed_count", "login_failed_time"])
	assert who(sign_in(stack, person.user, person.password)[0]) == person.user


def test_wrong_codes_lock_the_account_too(stack, production, newcomer):
	person = newcomer(access.DIRECTOR)
	asked = sign_in(stack, person.user, person.password)[1].json()
	for _try in range(11):
		answer = sign_in(stack, person.user, otp="000000", tmp_id=asked["tmp_id"])[1]
		assert answer.status_code >= 400
	assert "verification" not in sign_in(stack, person.user, person.password)[1].json()


FORGOTTEN = "frappe.core.doctype.user.user.reset_password"


@pytest.fixture
def forgetful(stack):
	"""forgetful(user, verb) asks for a new password as a guest, as if nobody had today."""

	def forget(user, verb="POST"):
		forget_who_asked(stack)
		return Desk(stack).request(verb, f"/api/method/{FORGOTTEN}", data={"user": user})

	return forget


def test_new_passwords_are_asked_for_a_few_times_only(stack, newcomer, forgetful):
	person = newcomer(access.OFFICER)
	answers = [forgetful(person.user)]
	answers += [
		Desk(stack).post(f"/api/method/{FORGOTTEN}", data={"user": user})
		for user in (person.user, "finns.inte@havsvik.example", "Administrator", person.user, person.user)
	]
	assert answers[0].ok and answers[-1].status_code in (417, 429), [answer.status_code for answer in answers]
	# Frappe limits by POST alone; so there is no other way.
	assert forgetful(person.user, "GET").status_code == 403


def test_asking_for_a_new_password_does_not_tell_which_accounts_there_are(
	stack, newcomer, forgetful, mailbox
):
	person, disabled = newcomer(access.OFFICER), newcomer(access.OFFICER)
	with site(stack):
		frappe.db.set_value("User", disabled.user, "enabled", 0)
		frappe.db.commit()
	asked = (disabled.user, "finns.inte@havsvik.example", "Administrator", "Guest", "", person.user)
	answers = [forgetful(user) for user in asked]
	assert len({(answer.status_code, answer.text) for answer in answers}) == 1, [a.text for a in answers]
	assert answers[0].ok and "Om det finns ett konto" in said(answers[0]), answers[0].text
	# Asked for last, come first: a mail to any of the others would be here by now.
	mail = mailbox.wait_for(person.user, lambda message: "update-password?key=" in text_of(message))
	assert "Lösenord" in mail["Subject"], mail["Subject"]
	told = {m["X-Envelope-To"] for m in mailbox.messages() if "key=" in text_of(m)}
	assert told.isdisjoint({*asked[:-1], "admin@example.com", "guest@example.com"}), told
	key = re.search(r"key=(\w+)", text_of(mail))[1]
	new = secrets.token_urlsafe(12)
	update = "/api/method/frappe.core.doctype.user.user.update_password"
	assert Desk(stack).post(update, data={"key": key, "new_password": new}).ok
	assert who(sign_in(stack, person.user, new)[0]) == person.user


def test_the_answer_about_a_new_password_takes_no_longer_for_an_account(stack, newcomer):
	"""Who is mailed is for a job to find out. (Frappe's own sends the mail before it answers.)"""

	from hot_rutin.accounts import sign_in as sign_in_methods

	for user in (newcomer(access.OFFICER).user, "finns.inte@havsvik.example"):
		with site(stack), patch.object(frappe, "enqueue") as queued, patch.object(frappe.db, "sql") as asked:
			inspect.unwrap(sign_in_methods.reset_password)(user)
			assert queued.call_args.kwargs == {"queue": "short", "account": user}
			assert not asked.called


def test_an_answer_does_not_tell_which_accounts_there_are(stack, newcomer):
	person, disabled = newcomer(access.OFFICER), newcomer(access.OFFICER)
	with site(stack):
		frappe.db.set_value("User", disabled.user, "enabled", 0)
		frappe.db.commit()
	users = (person.user, disabled.user, "finns.inte@havsvik.example")
	answers = [sign_in(stack, user, "fel")[1] for user in users]
	assert len({(answer.status_code, answer.json()["message"]) for answer in answers}) == 1


def test_a_session_ends_after_eight_hours_unused(stack, newcomer):
	person = newcomer(access.OFFICER)
	assert who(person.desk) == person.user
	with site(stack):
		assert frappe.db.get_single_value("System Settings", "session_expiry") == "08:00"
		sid = next(cookie.value for cookie in person.desk.cookies if cookie.name == "sid")
		age(sid, hours=7)
	assert who(person.desk) == person.user
	with site(stack):
		age(sid, hours=9)
	assert who(person.desk) == "Guest"


def age(sid, hours):
	"""Let the session be as if unused for so long."""
	then = frappe.utils.add_to_date(frappe.utils.now(), hours=-hours, as_string=True)
	frappe.db.sql("update tabSessions set lastupdate = %s where sid = %s", (then, sid))
	frappe.db.commit()
	session = frappe.cache.hget("session", sid)
	session["data"]["last_updated"] = str(frappe.utils.now_datetime() - timedelta(hours=hours))
	frappe.cache.hset("session", sid, session)


def test_nobody_signs_up_or_in_by_a_link(stack):
	with site(stack):
		assert frappe.db.get_single_value("Website Settings", "disable_signup")
		assert not frappe.db.get_single_value("System Settings", "login_with_email_link")
	guest = Desk(stack)
	stranger = {"email": "ny@example.invalid", "full_name": "x", "redirect_to": "/"}
	answer = guest.post("/api/method/frappe.core.doctype.user.user.sign_up", data=stranger)
	assert answer.status_code >= 400, answer.text[:300]
	queued = "select count(*) from `tabEmail Queue`"
	with site(stack):
		before = frappe.db.sql(queued)
	guest.post("/api/method/frappe.www.login.send_login_link", data=stranger)
	with site(stack):
		assert frappe.db.sql(queued) == before
		assert not frappe.db.exists("User", stranger["email"])


@pytest.mark.parametrize("role", (access.STRATEGIST, access.OFFICER))
def test_a_new_password_by_a_link_is_told_and_passes_by_no_second_factor(stack, production, newcomer, role):
	person, new = newcomer(role), secrets.token_urlsafe(12)
	with site(stack):
		link = frappe.get_doc("User", person.user).reset_password()
		frappe.db.commit()
	key = re.search(r"key=(\w+)", link)[1]
	desk = Desk(stack)
	called = "/api/method/frappe.core.doctype.user.user.update_password"
	answer = desk.post(called, data={"key": key, "new_password": new})
	if role in SECOND_FACTOR:
		assert answer.status_code == 401 and "Logga in" in answer.text and who(desk) == "Guest"
		assert "verification" in sign_in(stack, person.user, new)[1].json()
	else:
		assert answer.ok and who(desk) == person.user
	again = Desk(stack)
	assert again.post(
		called, data={"key": key, "new_password": secrets.token_urlsafe(12)}
	).status_code != 200 or (who(again) == "Guest"), "a link is for once"
	with site(stack):
		told = frappe.get_all("Access Change", {"user": person.user}, pluck="change")
	assert [text for text in told if "länken" in text], told


ACCOUNT_PAGES = (
	"/update-profile/{}",
	"/update-profile/{}/edit",
	"/request-data",
	"/request-for-account-deletion",
)
WEB_FORM = "frappe.website.doctype.web_form.web_form"


def test_a_guest_learns_of_no_account_by_asking_for_it(stack, world):
	"""The framework looks up what is named before it asks who wants to know."""
	queued = "select count(*) from `tabEmail Queue`"
	with site(stack):
		before = frappe.db.sql(queued)

	def answers(account):
		for request in (
			ask("account", f"/api/resource/User/{account}"),
			ask("account", f"/api/resource/User/{account}", "PUT", body={"first_name": "x"}),
			ask("account", f"/api/resource/User/{account}", "DELETE"),
			ask("own method", f"/api/resource/User/{account}", run_method="get_title"),
			ask("linked", "/api/resource/ToDo", "POST", body={"allocated_to": account, "description": "x"}),
			ask("linked", "/api/resource/Personal Data Download Request", "POST", body={"user": account}),
			ask("print", "/printview", doctype="User", name=account),
			ask("list", "/list", doctype="User", name=account),
			*(ask("page", page.format(account)) for page in ACCOUNT_PAGES),
			method("run_doc_method", dt="User", dn=account, method="get_title"),
			method("frappe.realtime.can_subscribe_doc", doctype="User", docname=account),
			method("frappe.www.contact.send_message", sender=account, message="x"),
			method("frappe.email.doctype.newsletter.newsletter.subscribe", email=account),
			method("frappe.core.doctype.user.user.sign_up", email=account, full_name="x", redirect_to="/"),
			method("frappe.www.login.send_login_link", email=account),
			method(f"{WEB_FORM}.get_form_data", doctype="User", docname=account, web_form_name="request-data"),
			method(f"{WEB_FORM}.get_link_options", doctype="User", web_form_name="request-data"),
			method(f"{WEB_FORM}.accept", web_form="request-data", data={"user": account, "user_name": "x"}),
			method(f"{WEB_FORM}.accept", web_form="request-to-delete-data", data={"email": account}),
			method(f"{WEB_FORM}.accept", web_form="edit-profile", data={"name": account}),
		):  # fmt: skip
			answer = request.send(Desk(stack))
			assert world.officer.name not in answer.text, request
			# A page that is not there says which one that was.
			yield answer.status_code if request.channel == "page" else masked(answer, account)

	for real, other in zip(answers(world.officer.user), answers("finns.inte@havsvik.example"), strict=True):
		assert real == other
	with site(stack):
		assert frappe.db.sql(queued) == before, "and nobody is mailed"


def test_no_migration_publishes_the_web_forms_again(stack):
	from hot_rutin.setup.install import after_migrate

	with site(stack):
		assert frappe.db.count("Web Form") and not frappe.db.count("Web Form", {"published": 1})
		frappe.db.set_value("Web Form", "request-data", "published", 1)
		after_migrate()
		assert not frappe.db.count("Web Form", {"published": 1})


@pytest.mark.parametrize("sid", ["another's", "nobody's", "none"])
def test_an_address_puts_nobody_into_another_session(newcomer, sid):
	"""Whoever follows such a link would write their case down as somebody else, or be signed out."""
	owner, visitor = newcomer(access.EXPOSED), newcomer(access.EXPOSED)
	given = {"sid": {"another's": owner.desk.cookies["sid"], "nobody's": "Guest", "none": "abc"}[sid]}
	for path in ("/app", "/login", "/api/method/frappe.auth.get_logged_user", "/api/resource/Incident"):
		for verb, sent in (("GET", {"params": given}), ("POST", {"data": given}), ("POST", {"json": given})):
			answer = visitor.desk.request(verb, path, **sent)
			assert "sid" not in answer.cookies and owner.user not in answer.text, (verb, path)
	assert visitor.desk.get("/api/method/frappe.auth.get_logged_user").json()["message"] == visitor.user


@pytest.mark.parametrize("sent", ["by a link", "by another system's page"])
def test_nobody_is_signed_in_by_a_link_or_from_another_system(newcomer, sent):
	owner, visitor = newcomer(access.EXPOSED), newcomer(access.EXPOSED)
	desk, given = visitor.desk, {"usr": owner.user, "pwd": owner.password}
	for path, more in (("/api/method/login", {}), ("/", {"cmd": "login"}), ("/app", {"cmd": "login"})):
		if sent == "by a link":
			answer = desk.get(path, params={**given, **more})
		else:
			answer = desk.post(path, data={**given, **more}, headers={"Sec-Fetch-Site": "cross-site"})
		assert answer.cookies.get("sid") is None, (path, answer.status_code)
	assert desk.get("/api/method/frappe.auth.get_logged_user").json()["message"] == visitor.user


def test_another_system_signs_in_whom_this_one_has_sent_there(stack, newcomer):
	"""Keycloak, BankID brokers and the like are set up as custom systems, whose name stands in the address. They add parameters."""
	person = newcomer(access.EXPOSED)
	elsewhere = "/api/method/frappe.integrations.oauth2_logins.custom/kommunens_inloggning"
	system = {
		"doctype": "Social Login Key",
		"provider_name": "Kommunens inloggning",
		"social_login_provider": "Custom",
		"enable_social_login": 1,
		"client_id": "x",
		"client_secret": "x",
		"base_url": "http://127.0.0.1:9",
		"authorize_url": "http://127.0.0.1:9/authorize",
		"access_token_url": "http://127.0.0.1:9/token",
		"redirect_url": elsewhere,
	}
	told = {"email": person.user, "sub": "1"}
	with site(stack):
		frappe.get_doc(system).insert()
		frappe.db.commit()
	try:
		with patch("frappe.utils.oauth.get_info_via_oauth", return_value=told):
			desk, stranger = Desk(stack), Desk(stack)
			link = next(
				found
				for found in re.findall(r'href="([^"]+)"', desk.get("/login").text)
				if ":9/authorize" in found
			)
			state = parse_qs(urlsplit(html.unescape(link)).query)["state"][0]
			back = {"code": "x", "state": state, "session_state": "y", "iss": "http://127.0.0.1:9"}
			for browser, sent in ((stranger, back), (desk, {**back, "state": "e30="}), (desk, {"code": "x"})):
				assert browser.get(elsewhere, params=sent, allow_redirects=False).status_code == 403
				assert who(browser) == "Guest"
			answer = desk.get(elsewhere, params=back, allow_redirects=False)
			assert answer.status_code == 302, answer.text[:1000]
			assert who(desk) == person.user
	finally:
		with site(stack):
			frappe.delete_doc("Social Login Key", "kommunens_inloggning", force=True)
			frappe.db.commit()
