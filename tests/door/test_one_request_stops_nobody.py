"""What one person asks for keeps nobody else waiting: it is bounded before the work begins, or ended at a limit."""

import io
import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from attack import method
from PIL import Image
from uploads import attach
from world import new_person, said

from provision import settings

STRENGTH = "frappe.core.doctype.user.user.test_password_strength"
UPDATE_PASSWORD = "frappe.core.doctype.user.user.update_password"
REPORT_PDF = "frappe.utils.print_format.report_to_pdf"
# What the rating of passwords tries every reading of: 64 of these cost it seconds.
LEET = "4@8({[<369!1|0$5+7%2"
# One cell, and WeasyPrint never ends.
ENDLESS = "<table><tr><td colspan=20000>x</td></tr></table>"
# 169 million points in a few hundred kilobytes.
BOMB_SIDE = 13_000


@contextmanager
def configured(stack, **values):
	"""The site with other values in its configuration, which each request reads."""
	path = stack.sites / stack.site / "site_config.json"
	before = path.read_text()
	path.write_text(json.dumps({**json.loads(before), **values}))
	try:
		yield
	finally:
		path.write_text(before)


def jpeg(width, height, **options):
	content = io.BytesIO()
	Image.new("L", (width, height), 128).save(content, "JPEG", **options)
	return content.getvalue()


# --- passwords


@pytest.mark.parametrize("called", (STRENGTH, UPDATE_PASSWORD))
def test_a_stranger_s_long_password_is_refused_before_it_is_rated(http, called):
	answer = method(called, new_password=(LEET * 4)[:64], key="x").send(http())
	assert answer.status_code == 417 and "40" in said(answer), answer.text[:300]


def test_a_long_password_in_an_account_s_form_is_refused_too(stack):
	person = new_person(stack, "Lösa Ordet", "Routine Manager")
	# Nobody sets their own there.
	keeper = new_person(stack, "Karl Konto", "System Manager")
	long = (LEET * 4)[:64].replace("<", "{")
	account = keeper.read("User", person.user)
	for answer in (
		keeper.put("User", person.user, new_password=long),
		keeper.save({**account, "new_password": long}),
	):
		assert answer.status_code == 417 and "40" in said(answer), answer.text[:300]


def test_a_password_of_forty_signs_is_rated(http):
	answer = method(STRENGTH, new_password="häst batteri klammer korrekt 4711 Uppsala").send(http())
	assert answer.status_code == 417
	answer = method(STRENGTH, new_password="häst batteri klammer korrekt 4711 Uppsal").send(http())
	assert answer.json()["message"]["score"] == 4


# --- what guests may call


def refusals(desk, address, called, times, **params):
	"""How many of `times` calls from an address are answered with 429. A new minute may begin among them."""
	desk.headers["X-Forwarded-For"] = address
	return [method(called, **params).send(desk).status_code for _ in range(times)].count(429)


def test_guests_at_one_address_are_answered_so_often_in_a_minute(http, world):
	office, elsewhere = "198.51.100.7", "198.51.100.8"
	assert refusals(http(), office, STRENGTH, 62, new_password="hej") > 0
	# What somebody says of where they come from, before the nearest proxy, makes them nobody else.
	assert refusals(http(), f"192.0.2.1, {office}", STRENGTH, 62, new_password="hej") > 0
	assert refusals(http(), elsewhere, STRENGTH, 5, new_password="hej") == 0
	# The others at that address sign in, and whoever has signed in works on.
	assert refusals(http(), office, "frappe.auth.get_logged_user", 5) == 0
	desk = http(world.officer.user, world.officer.password)
	assert refusals(desk, office, STRENGTH, 62, new_password="hej") == 0


def test_the_refusal_is_said_in_swedish_and_how_often_is_a_setting(http, stack):
	with configured(stack, hot_rutin_guest_calls={"frappe.translate.get_all_languages": 1}):
		desk = http()
		desk.headers["X-Forwarded-For"] = "198.51.100.9"
		answers = [method("frappe.translate.get_all_languages").send(desk) for _ in range(3)]
	refused = [answer for answer in answers if answer.status_code == 429]
	assert refused and "Vänta en minut" in said(refused[0])


def test_what_a_guest_sends_is_not_looked_through_if_it_is_long(http):
	answer = http().post("/api/method/ping", json={"x": [[]] * 20_000})
	assert answer.status_code == 417 and "för mycket" in said(answer)
	assert http().post("/login", json={"x": [[]] * 20_000}).status_code == 417


def test_what_somebody_sends_is_bounded_too(world):
	answer = world.manager.desk.post("/api/method/frappe.auth.get_logged_user", json={"x": [[]] * 1_000_000})
	assert answer.status_code == 417 and "för mycket" in said(answer)


# --- comments


def test_a_comment_is_measured_before_anything_is_made_of_it(world):
	case = world.case()
	say = {
		"reference_doctype": "Incident",
		"reference_name": case.name,
		"comment_email": world.officer.user,
		"comment_by": world.officer.name,
	}
	add = "frappe.desk.form.utils.add_comment"
	for text in ("*a " * 5_000, "[a](" * 4_000, "<a " * 5_000, "Jag ringde i dag igen. " * 200):
		answer = method(add, content=text, **say).send(world.officer.desk)
		assert answer.status_code == 417 and "Kommentar" in said(answer) and "4000" in said(answer)
	answer = method(add, content="Jag ringde i dag igen. " * 170, **say).send(world.officer.desk)
	assert answer.status_code == 200, said(answer)
	name = answer.json()["message"]["name"]
	change = method("frappe.desk.form.utils.update_comment", name=name, content="*a " * 5_000)
	answer = change.send(world.officer.desk)
	assert answer.status_code == 417 and "Kommentar" in said(answer)


@pytest.mark.parametrize(("field", "text"), (("email_signature", "<a " * 5_000), ("bio", "a " * 20_000)))
def test_an_account_s_texts_are_measured_too(world, field, text):
	answer = world.manager.put("User", world.manager.user, **{field: text})
	assert answer.status_code == 417 and "finns plats för" in said(answer), answer.text[:300]


# --- pictures


def test_a_picture_that_is_evidence_is_kept_to_the_byte_and_never_opened(world):
	case = world.case()
	exif = Image.Exif()
	exif[0x010F] = "Prov"  # the maker of the camera
	for content in (jpeg(BOMB_SIDE, BOMB_SIDE), jpeg(200, 100, exif=exif)):
		answer = attach(world.exposed, case, "bild.jpg", content, optimize="1")
		assert answer.status_code == 200, said(answer)
		assert world.exposed.desk.get(answer.json()["message"]["file_url"]).content == content


def picture_of(person, content):
	return person.desk.post(
		"/api/method/upload_file",
		data={"doctype": "User", "docname": person.user, "fieldname": "user_image", "is_private": "1"},
		files={"file": ("jag.jpg", content)},
	)


def test_a_picture_of_somebody_is_measured_by_its_first_bytes(world):
	answer = picture_of(world.manager, jpeg(BOMB_SIDE, BOMB_SIDE))
	assert answer.status_code == 417 and "miljoner bildpunkter" in said(answer), answer.text[:300]
	answer = picture_of(world.manager, b"ingen bild")
	assert answer.status_code == 417 and "kan inte visas" in said(answer), answer.text[:300]


def test_a_picture_of_somebody_tells_nothing_but_what_is_seen(world):
	exif = Image.Exif()
	exif[0x010F] = "Provkamera"
	answer = picture_of(world.manager, jpeg(3000, 2000, exif=exif))
	assert answer.status_code == 200, said(answer)
	content = world.manager.desk.get(answer.json()["message"]["file_url"]).content
	assert b"Provkamera" not in content and Image.open(io.BytesIO(content)).width <= 1024


# --- papers


def test_a_paper_that_would_never_end_is_ended_and_keeps_nobody_waiting(world, stack):
	desks = [world.manager.another_desk() for _ in range(8)]
	with configured(stack, hot_rutin_pdf_seconds=5), ThreadPoolExecutor(8) as threads:
		asked = [threads.submit(method(REPORT_PDF, html=ENDLESS).send, desk) for desk in desks]
		time.sleep(1)
		# Somebody else's list, while those are made.
		assert not all(one.done() for one in asked)
		assert world.officer.desk.get("/api/resource/Incident", timeout=30).status_code == 200
		assert not all(one.done() for one in asked)
		answers = [one.result() for one in asked]
	assert {answer.status_code for answer in answers} == {417}
	assert all("PDF" in said(answer) for answer in answers)
	assert method(REPORT_PDF, html="<p>Rapport").send(world.manager.desk).content.startswith(b"%PDF")


# --- processes and queries


def test_there_are_two_web_processes(stack):
	commands = []
	for file in Path("/proc").glob("[0-9]*/cmdline"):
		with suppress(OSError):  # it has just ended
			commands.append(file.read_bytes())
	address = f"127.0.0.1:{settings.bench(test=True).ports['web']}".encode()
	# And the one that starts and stops them.
	assert sum(address in command and b"gunicorn" in command for command in commands) == 3


def test_a_query_that_takes_too_long_is_ended(world, stack):
	"""By what the framework has for it: `enable_db_statement_timeout`, and half as much again as `http_timeout`."""
	case = world.case(what_happened="a" * 20_000)
	filters = [["name", "=", case.name]]
	# Each compares some five million characters, and finds nothing.
	slow = [["what_happened", "like", f"%{'a' * 480}{number}%"] for number in range(50)]
	ask = method("frappe.client.get_list", doctype="Incident", filters=filters, or_filters=slow)
	with configured(stack, http_timeout=1):
		assert ask.send(world.officer.desk).status_code == 500
	# It was slow, and nothing else.
	assert ask.send(world.officer.desk).status_code == 200
	assert world.officer.sees("Incident", case.name)
