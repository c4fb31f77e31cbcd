"""The routine as its people carry it out: in a browser, with the forms and the buttons, from the report to the closed case."""

import json
import os
import re
import secrets
import shutil
from pathlib import Path

import pytest
from desk import DESKTOP, PHONE, Refused, Screen, typed
from playwright.sync_api import expect
from world import new_session

ROOT = Path(__file__).resolve().parents[2]
# The pictures in docs/, without .png.
PUBLISHED = ("workspace", "checklist", "report-on-phone")

# Rows of the routine in its order, and who the checklist says has done them.
ROWS = [
	("3.1.1", "exposed"),
	("3.1.1", "officer"),
	("3.1.1", "officer"),
	("3.1.2", "strategist"),
	("3.1.3", "director"),
	("3.1.3", "director"),
	("3.1.3", "director"),
	("3.2.1", "officer"),
	("3.2.1", "officer"),
	("3.2.2", "officer"),
	("3.2.2", "officer"),
	("3.2.2", "officer"),
	("3.2.3", "officer"),
	("3.2.3", "officer"),
	("3.2.4", "officer"),
	("3.2.4", "officer"),
	("3.2.4", "officer"),
	("3.2.4", "exposed"),
	("3.2.4", "strategist"),
]
COMPANY = ("To and While Awaiting Care", "To Home or Another Place", "At Home Awaiting the Support Person")


@pytest.fixture(scope="module")
def screens(browser, stack, world):
	"""The people's browsers, opened when they are first looked at and kept for the tests that follow."""
	opened = {}

	def screen(role, size=DESKTOP):
		key = (role, size is PHONE)
		if key not in opened:
			person = world.people[role]
			opened[key] = Screen(browser, stack.url, size).enter(new_session(stack, person.user))
		return opened[key]

	screen.opened = opened
	yield screen
	for (role, _on_phone), one in opened.items():
		one.page.screenshot(path=stack.screenshots / f"last-seen-by-{role}.png")
		one.close()


@pytest.fixture
def at(screens):
	"""at("officer") is the officer's desk, at("exposed", PHONE) the exposed person's telephone."""
	yield screens
	errors = [error for one in screens.opened.values() for error in one.errors]
	for one in screens.opened.values():
		one.errors.clear()
	assert not errors, "The page's own script failed"


@pytest.fixture
def picture(screenshots):
	"""picture(screen, "name") keeps what is seen. HOT_PICTURES=docs/pictures also puts the `PUBLISHED` ones there."""
	published = os.environ.get("HOT_PICTURES")

	def keep(screen, name):
		file = screenshots / f"{name}.png"
		screen.picture(file)
		if published and name in PUBLISHED:
			shutil.copy(file, ROOT / published)

	return keep


STORY = "En man ropade hot efter mig utanför kommunhuset och följde efter mig till bussen."


def write_report(phone, what_happened=STORY):
	"""3.1.1, on the telephone, as far as pressing Save."""
	phone.new("Incident").fill(event_on=typed(hours=3), what_happened=what_happened, place="Torget")


def report(phone):
	"""3.1.1, on the telephone. In words of its own: the same report within a minute is refused as sent twice."""
	write_report(phone, f"{STORY} {secrets.token_hex(3)}")
	return phone.save().name


def assess(officer, case, strategist_needed="Yes"):
	"""3.1.1"""
	officer.open("Incident", case).press("Start Assessment")
	officer.tab("assessment_tab").add_row(
		"assessments",
		assessed_on=typed(hours=2),
		made_together=True,
		severity="High",
		strategist_needed=strategist_needed,
		wishes="Vill ha sällskap hem från mötena.",
		assessment="Vi följer läget tillsammans varje dag.",
	)
	officer.save().press("Contact Strategist")


def contact_police(strategist, case):
	"""3.1.2"""
	strategist.open("Incident", case).tab("police_tab").add_row(
		"police_contacts",
		contacted_on=typed(minutes=100),
		channel="Telefon",
		with_whom="Polisens kontaktcenter",
		political_link_stated=True,
		advice="Anmäl, och skriv ned vad som sades.",
	)
	strategist.save()


def decide(phone, case, decision):
	"""3.1.3, on the telephone."""
	phone.open("Incident", case).tab("police_tab").add_row(
		"police_decisions", decision=decision, decided_on=typed(minutes=90), told_to="Strategen"
	)
	phone.save()


def support(officer, case):
	"""3.2.1 and 3.2.2"""
	officer.open("Incident", case).tab("support_tab")
	for kind, name, relation in (
		("Initial Support", "Kim Kamrat", "Partikamrat"),
		("Support Person", "Noa Närstående", "Syskon"),
	):
		officer.add_row(
			"support_contacts",
			kind=kind,
			full_name=name,
			relation=relation,
			phone="0700-000000",
			from_time=typed(minutes=170),
		)
	officer.tab("company_tab")
	for kind in COMPANY:
		officer.add_row(
			"accompaniments",
			kind=kind,
			accompanied_by="Kim Kamrat",
			from_time=typed(minutes=160),
			to_time=typed(minutes=150),
			handed_over_to="Noa Närstående",
		)
	officer.save()


def inform(officer, strategist, case):
	"""3.2.3: one writes, both approve, and then it is sent."""
	officer.open("Incident", case).tab("information_tab")
	for group in ("Party Colleagues", "Mass Media"):
		officer.add_row(
			"information_notices",
			target_group=group,
			notice_text="Något har hänt. Den som berörs har stöd. Hänvisa frågor till mig.",
			approved_by_officer=True,
		)
	officer.save()
	strategist.open("Incident", case).tab("information_tab")
	strategist.edit_row("information_notices", 0, approved_by_strategist=True)
	strategist.save()
	officer.open("Incident", case).tab("information_tab")
	for row in range(2):
		officer.edit_row("information_notices", row, sent_on=typed(minutes=60), sent_how="Muntligt på möte")
	officer.save()


def converse(officer, follow_up):
	"""3.2.4: the conversation is held and documented, and further ones are considered."""
	officer.open("Follow-up", follow_up).tab("conversation_tab").add_row(
		"conversations",
		held_on=typed(minutes=50),
		with_whom="Den utsatte och stödpersonen",
		notes="Vi gick igenom vad som hänt och vad som behövs framöver.",
	)
	officer.save().press("Record Conversation")
	officer.add_row(
		"further_conversations", assessed_on=typed(minutes=40), needed="No", notes="Räcker så här."
	)
	officer.save()


def answer(phone, follow_up, need):
	"""3.2.4: the exposed person's own answer, on the telephone."""
	phone.open("Follow-up", follow_up).tab("support_tab")
	phone.add_row("support_needs", answer=need, consulted_with="Officer")
	phone.save()


def test_a_case_through_all_19_rows(at, world, picture):
	phone, officer = at("exposed", PHONE), at("officer")
	strategist, director = at("strategist"), at("director")

	case = report(phone)
	assert re.fullmatch("H-[2-9A-Z]{4}-[2-9A-Z]{4}", case)
	assert phone.state == "Reported" and phone.buttons() == set()
	assess(officer, case)
	contact_police(strategist, case)
	decide(phone, case, "Yes")
	strategist.open("Incident", case).press("Request Police Report")
	assert strategist.state == "Awaiting Police Report"

	director.open("Police Report", strategist.stored("police_report")).press("Approve")
	director.tab("filing_tab").fill(
		political_link_stated=True,
		protected_access="Requested",
		filed_on=typed(minutes=70),
		filed_how="Phone",
		police_number="EXEMPEL-0001",
	)
	director.save()
	picture(director, "police-report")
	director.press("Record Filing")
	assert director.state == "Filed"

	support(officer, case)
	assert officer.state == "Support and Information", "the incident has moved on by itself"
	inform(officer, strategist, case)
	officer.press("Start Follow-up")
	follow_up = officer.stored("follow_up")
	converse(officer, follow_up)
	answer(phone, follow_up, "Yes")
	picture(officer.open("Follow-up", follow_up).tab("conversation_tab"), "follow-up")
	officer.press("Record Needs")
	strategist.open("Follow-up", follow_up).tab("support_tab").add_row(
		"support_orders",
		ordered_on=typed(minutes=20),
		provider="Kommunens företagshälsovård",
		called_off_on=typed(minutes=10),
	)
	strategist.save().press("Order Support")
	officer.open("Follow-up", follow_up).press("Complete")
	officer.open("Incident", case).press("Close")
	assert officer.state == "Closed"

	names = [(number, world.people[role].signature) for number, role in ROWS]
	seen = checklist(officer)
	assert [(number, status) for number, status, _summary in seen] == [
		(number, "Klart") for number, _name in names
	]
	days = (typed(hours=4)[:10], typed()[:10])  # two, a little after midnight
	for (_number, _status, summary), (_row, name) in zip(seen, names, strict=True):
		assert re.fullmatch(rf"({'|'.join(days)}) \d\d:\d\d {re.escape(name)}", summary)

	steps = world.officer.read("Incident", case)["steps"]
	assert [(row["step_number"], row["status"], row["done_by"]) for row in steps] == [
		(number, "Done", name) for number, name in names
	]
	assert all(row["done_on"].startswith(days) for row in steps)


def checklist(screen):
	"""The checklist as it stands on the screen: number, status, and when and by whom or why not."""
	rows = screen.tab("checklist_tab").rows("steps", "title", "status", "summary")
	return [(title.split()[0], status, summary) for title, status, summary in rows]


def test_a_case_where_the_exposed_person_says_no(at, world):
	phone, officer, strategist = at("exposed", PHONE), at("officer"), at("strategist")

	case = report(phone)
	assess(officer, case)
	contact_police(strategist, case)
	decide(phone, case, "No")
	assert "Request Police Report" not in strategist.open("Incident", case).buttons()
	strategist.press("No Police Report")
	support(officer, case)
	inform(officer, strategist, case)
	officer.press("Start Follow-up")
	follow_up = officer.stored("follow_up")
	converse(officer, follow_up)
	answer(phone, follow_up, "No")
	officer.open("Follow-up", follow_up).press("Record Needs")
	officer.press("Complete")
	officer.open("Incident", case).press("Close")

	not_needed = {
		(number, reason) for number, status, reason in checklist(officer) if status == "Behövs inte"
	}
	assert not_needed == {
		("3.1.3", "Den utsatte har beslutat att inte göra polisanmälan"),
		("3.2.4", "Den utsatte behöver inte professionellt stöd"),
	}
	steps = world.officer.read("Incident", case)["steps"]
	assert [(row["step_number"], row["status"]) for row in steps] == [
		(number, "Not Needed" if number == "3.1.3" or place == 18 else "Done")
		for place, (number, _role) in enumerate(ROWS)
	]


CONTACT = "Contact Strategist"
# Where a case is -> document, its state, and for each role the buttons that are theirs. Everybody else has none.
BUTTONS = [
	("reported", "Incident", "Reported", {"officer": {"Start Assessment", CONTACT}}),
	("assessed", "Incident", "Assessment", {"officer": {CONTACT, "Handle in Party"}}),
	("police contacted", "Incident", "Police Consultation", {"strategist": {"No Police Report"}}),
	("decided", "Incident", "Police Consultation", {"strategist": {"Request Police Report"}}),
	("requested", "Incident", "Awaiting Police Report", {}),
	("requested", "Police Report", "Requested", {"director": {"Approve", "Return"}}),
	("approved", "Police Report", "Approved", {"director": {"Record Filing", "Return"}}),
	("filed", "Police Report", "Filed", {}),
	("filed", "Incident", "Support and Information", {"officer": {CONTACT, "Start Follow-up"}}),
	("filed", "Follow-up", "Planned", {"officer": {"Record Conversation"}}),
]


def test_a_new_report_begins_with_112_and_nothing_lies_over_it(at):
	phone = at("exposed", PHONE).new("Incident")
	phone.field("emergency").wait_for()
	seen = phone.form.locator(".frappe-control:visible").evaluate_all(
		"controls => controls.map(control => control.dataset.fieldname)"
	)
	assert seen[:4] == ["emergency", "event_on", "what_happened", "exposed_representative"]
	assert phone.field("emergency").locator("a[href='tel:112']").is_visible()
	assert phone.shown("event_on") and phone.shown("exposed_representative"), "known already"
	# A list of suggestions, a calendar: what the desk opens by itself when it puts the cursor into a field.
	assert phone.page.locator(".awesomplete [role=listbox]:visible, .datepicker.active").count() == 0
	assert "Europe/Stockholm" not in phone.form.inner_text()
	# The municipality's numbers, one tap away: as set in Hot Rutin Settings.
	assert phone.field("contact_numbers").locator("a[href='tel:114 14']").is_visible()


def test_the_exposed_person_sees_no_part_that_is_empty_and_not_theirs(at, world):
	def tabs(screen):
		return screen.form.locator(".form-tabs .nav-link:visible").evaluate_all(
			"tabs => tabs.map(tab => tab.dataset.fieldname)"
		)

	phone, officer = at("exposed", PHONE), at("officer")
	case = report(phone)
	phone.field("reported_help").wait_for()  # what happens now is said
	expect(phone.form.locator(".form-tabs .nav-link:visible")).to_have_count(5, timeout=20_000)
	assert tabs(phone) == ["report_tab", "police_tab", "support_tab", "followup_tab", "checklist_tab"]
	officer.open("Incident", case).tab("company_tab").add_row(
		"accompaniments", kind=COMPANY[1], accompanied_by="Kim Kamrat", from_time=typed(minutes=10)
	)
	officer.save()
	shown = phone.open("Incident", case).form.locator(".form-tabs .nav-link[data-fieldname='company_tab']")
	expect(shown).to_be_visible(timeout=20_000)


def test_a_comment_is_shown_to_the_next_who_opens_the_case(at, world):
	case = world.case().reach("assessed").name
	officer, text = at("officer"), "Ringer igen i morgon."
	officer.open("Incident", case)
	officer.page.locator(".comment-box:visible .ql-editor").fill(text)
	officer.click(officer.page.locator(".comment-box:visible .btn-comment"))
	shown = officer.page.locator(".new-timeline .timeline-item", has_text=text)
	shown.first.wait_for()
	assert shown.count() == 1
	officer.open("Incident", case)
	officer.page.locator(".new-timeline .timeline-item", has_text=text).first.wait_for()


def test_112_stands_above_the_sign_in_page(http):
	page = http().get("/login").text
	assert 'href="tel:112"' in page and "Akut fara?" in page
	assert "frappeframework.com?source" not in page, "no way out to somebody else's pages"


def test_buttons_are_for_the_role_that_holds_the_state(at, world):
	circles = {
		"Incident": ("exposed", "officer", "strategist"),
		"Police Report": ("exposed", "officer", "strategist", "director"),
		"Follow-up": ("exposed", "officer", "strategist"),
	}
	case = world.case()
	for stage, doctype, state, expected in BUTTONS:
		document = case.reach(stage).stored(doctype)["name"]
		for role in circles[doctype]:
			if role == "strategist" and stage in ("reported", "assessed"):
				continue  # not contacted yet: they cannot open it
			screen = at(role, PHONE if role == "exposed" else DESKTOP).open(doctype, document)
			assert screen.state == state
			assert screen.buttons() == expected.get(role, set()), f"{role} at {doctype} {state}"
			assert not screen.unsaved, f"{role} has just opened {doctype}, and it says not saved"


def test_what_was_typed_stays_when_the_save_is_refused(at):
	phone = at("exposed", PHONE)
	text = "Det ringde på dörren mitt i natten. Jag hann inte se vem det var."
	phone.new("Incident").fill(event_on="2099-01-01 10:00", what_happened=text, place="Hemma")
	with pytest.raises(Refused, match="framtiden"):
		phone.save()
	phone.dismiss()
	assert (phone.shown("what_happened"), phone.shown("place")) == (text, "Hemma")
	assert phone.unsaved
	phone.fill(event_on=typed(minutes=5)).save()
	assert (phone.stored("what_happened"), phone.state) == (text, "Reported")


def test_forms_speak_swedish(at, world):
	case = world.case("requested")
	pages = {
		(
			"officer",
			"Incident",
		): "report_tab assessment_tab police_tab support_tab company_tab information_tab"
		" followup_tab checklist_tab",
		("director", "Police Report"): "basis_tab filing_tab",
		("officer", "Follow-up"): "conversation_tab support_tab checklist_tab",
	}
	for (role, doctype), tabs in pages.items():
		screen = at(role).open(doctype, case.stored(doctype)["name"])
		for tab in tabs.split():
			# One word is the same in both languages.
			assert screen.tab(tab).english() <= {"Information"}, f"{doctype}, {tab}"


@pytest.fixture
def demo(browser, stack):
	"""demo("Fina Fyrvakt") is the desk of somebody in the demo municipality."""
	accounts = {
		one["name"]: one for one in json.loads((stack.sites / stack.site / "demo_accounts.json").read_text())
	}
	opened = []

	def screen(name, size=DESKTOP):
		opened.append(Screen(browser, stack.url, size))
		return opened[-1].sign_in(accounts[name]["user"], accounts[name]["password"])

	yield screen
	for one in opened:
		one.close()


def test_what_people_of_the_demo_see_first(demo, picture):
	phone = demo("Frida Fyrberg", PHONE)
	write_report(phone)
	picture(phone, "report-on-phone")

	officer = demo("Fina Fyrvakt").home()
	picture(officer, "workspace")
	shown = officer.page.locator(".layout-main-section").inner_text()
	# Stable version 15 writes the cards' titles in capitals.
	assert "att bedöma" in shown.casefold() and not re.search("Waiting|Open|Overdue|Record", shown)

	officer.page.goto(f"{officer.url}/app/incident?workflow_state=Support and Information")
	officer.page.locator(".list-row a[data-name]").first.click()
	officer.page.wait_for_function("() => window.cur_frm?.doc?.workflow_state === 'Support and Information'")
	statuses = {status for _number, status, _summary in checklist(officer.rest())}
	assert statuses == {"Klart", "Väntar"}
	picture(officer, "checklist")
