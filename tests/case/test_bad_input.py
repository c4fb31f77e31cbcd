"""Bad input is answered in Swedish, with what to do, and nothing is lost: neither what was there before nor halves."""

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from answers import answered, text_fields
from world import (
	assessment,
	company,
	conversation,
	filing,
	notice,
	now,
	police_contact,
	said,
	support_contact,
	support_order,
)

SCRIPT = "<script>alert('hej')</script>"
MEGABYTE = "Hotet upprepades. " * 60_000


def cases_with(world, text):
	"""Names of the exposed person's cases in which this happened."""
	answer = world.exposed.desk.get(
		"/api/resource/Incident", params={"filters": json.dumps([["what_happened", "=", text]])}
	)
	assert answer.status_code == 200
	return [case["name"] for case in answer.json()["data"]]


def unique(text="Någon ropade hot efter mig"):
	return f"{text} {secrets.token_hex(4)}"


# --- times


def test_an_event_in_the_future_is_refused_and_nothing_is_saved(world):
	text = unique()
	answer = world.exposed.report(world.representatives["exposed"], event_on=now(days=-1), what_happened=text)
	answered(answer, "i framtiden")
	assert cases_with(world, text) == []


def test_an_event_cannot_be_moved_into_the_future(world):
	case = world.case("assessment")
	with case.unchanged():
		answered(case.attempt("officer", event_on=now(hours=-3)), "i framtiden")


def test_a_clock_that_is_a_little_ahead_does_not_stop_a_report(world):
	assert world.exposed.report(world.representatives["exposed"], event_on=now(minutes=-2)).status_code == 200


FUTURE = [
	("officer", "Incident", "assessments", lambda time: assessment(assessed_on=time)),
	("strategist", "Incident", "police_contacts", lambda time: police_contact(contacted_on=time)),
	("exposed", "Incident", "police_decisions", lambda time: {"decision": "Yes", "decided_on": time}),
	(
		"officer",
		"Incident",
		"support_contacts",
		lambda time: support_contact("Initial Support", from_time=time),
	),
	(
		"officer",
		"Incident",
		"accompaniments",
		lambda time: company("To Home or Another Place", from_time=time),
	),
	(
		"officer",
		"Incident",
		"information_notices",
		lambda time: notice("Mass Media", approved_by_officer=1, sent_on=time),
	),
	("officer", "Follow-up", "conversations", lambda time: conversation(held_on=time)),
	("officer", "Follow-up", "further_conversations", lambda time: {"assessed_on": time, "needed": "No"}),
	("strategist", "Follow-up", "support_orders", lambda time: support_order(called_off_on=time)),
]


def test_nothing_is_recorded_as_done_in_the_future(world):
	case = world.case("consultation")
	with case.unchanged():
		for who, doctype, table, row in FUTURE:
			answered(case.attempt(who, doctype, **{table: [row(now(days=-2))]}), "i framtiden", "(rad ")
	case = world.case("approved")
	with case.unchanged():
		answered(case.attempt("director", "Police Report", **filing(filed_on=now(days=-2))), "i framtiden")


def test_an_end_before_the_start_is_refused_and_names_both(world):
	case = world.case("consultation")
	ends = {"from_time": now(hours=1), "to_time": now(hours=2)}
	with case.unchanged():
		for table, row in (
			("support_contacts", support_contact("Initial Support", **ends)),
			("accompaniments", company("To Home or Another Place", **ends)),
		):
			answered(case.attempt("officer", **{table: [row]}), "är före", "(rad ")
		order = support_order(ordered_on=now(hours=1), called_off_on=now(hours=2))
		answered(case.attempt("strategist", "Follow-up", support_orders=[order]), "är före", "(rad ")


def test_an_assignment_or_a_proxy_that_ends_before_it_starts_is_refused(world):
	dates = {"from_date": now()[:10], "to_date": now(days=2)[:10]}
	name = f"Tvärtompartiet {secrets.token_hex(3)}"
	answer = world.administrator.create(
		"Political Party", party_name=name, officers=[{"user": world.officer.user, **dates}]
	)
	answered(answer, "rad 1", "sista dagen")
	assert not world.administrator.may_read("Political Party", name)
	before = world.administrator.read("Elected Representative", world.representatives["stranger"])
	after = {**before, "proxies": [{"user": world.proxy.user, **dates}]}
	answered(world.administrator.save(after), "rad 1", "sista dagen")
	assert world.administrator.read("Elected Representative", before["name"]) == before


# --- who


def test_a_report_without_a_representative_is_refused_and_says_what_to_choose(world):
	for person in (world.proxy, world.officer, world.deputy):
		for representative in (None, ""):
			answered(person.report(representative), "förtroendevald")
	# The exposed person's own report is filled in with who they are.
	name = world.exposed.report(None).json()["data"]["name"]
	assert world.exposed.read("Incident", name)["exposed_name"] == world.exposed.name


def test_an_unknown_representative_party_or_category_is_refused(world):
	text = unique()
	answered(world.exposed.report("finns-inte", what_happened=text), "hittade inte", "finns-inte")
	answer = world.exposed.report(world.representatives["exposed"], what_happened=text, category="Finns inte")
	answered(answer, "hittade inte", "Finns inte")
	assert cases_with(world, text) == []
	answer = world.administrator.create("Elected Representative", full_name=text, party="Finns inte")
	answered(answer, "hittade inte", "Finns inte")
	assert (
		text
		not in world.administrator.desk.get('/api/resource/Elected Representative?fields=["full_name"]').text
	)


def test_a_report_cannot_bring_what_is_not_the_reporters_to_say(world):
	for forged in (
		{"party": f"Grannpartiet {world.mark}"},
		{"reported_on": now(days=30)},
		{"reported_by": "Någon annan"},
		{"proxy": world.stranger.user},
		{"led_by_strategist": 1},
		{"strategist_contacted_on": now()},
		{"police_decision": "No"},
		{"assessments": [assessment()]},
		{"steps": [{"step": "3.2.1-1", "status": "Done"}]},
	):
		text = unique()
		answer = world.exposed.report(world.representatives["exposed"], what_happened=text, **forged)
		answered(answer, world.in_swedish("Incident", next(iter(forged))), "ändra")
		assert cases_with(world, text) == []


def test_a_row_is_signed_by_its_writer_whatever_the_request_says(world):
	case = world.case("assessment")
	case.write(
		"officer", assessments=[assessment(owner=world.director.user, modified_by=world.director.user)]
	)
	assert case.steps()["3.1.1-2"]["done_by"] == world.officer.signature
	case.write_rows("deputy", "assessments", owner=world.deputy.user, wishes="Vill ha sällskap.")
	assert case.steps()["3.1.1-2"]["done_by"] == world.officer.signature


# --- text


def test_a_megabyte_of_text_is_refused_with_how_much_there_is_room_for(world):
	text = unique() + MEGABYTE
	answer = world.exposed.report(world.representatives["exposed"], what_happened=text)
	answered(answer, "tecken", "20000")
	case = world.case("assessed")
	with case.unchanged():
		answered(case.attempt("officer", what_happened=MEGABYTE), "tecken", "20000")
		answered(case.attempt("officer", place=MEGABYTE), "tecken", "140")
		answered(case.attempt_rows("officer", "assessments", assessment=MEGABYTE), "tecken", "20000")
		answered(
			case.attempt("officer", "Follow-up", conversations=[conversation(notes=MEGABYTE)]),
			"tecken",
			"20000",
		)


def test_ten_pages_of_ordinary_text_are_kept_to_the_letter(world):
	text = (
		unique()
		+ "\nÅ, ä & ö – \"citat\", 'så', 100 % 😟 H&M; e-post: namn@exempel.example\n"
		+ "Rad. " * 3000
	).strip()
	answer = world.exposed.report(world.representatives["exposed"], what_happened=text)
	assert answer.status_code == 200, said(answer)
	assert world.exposed.read("Incident", answer.json()["data"]["name"])["what_happened"] == text


def test_code_is_refused_in_every_text_field_of_the_registers(world, frappe_site):
	case = world.case()
	administrator = world.administrator
	for doctype, name in (
		("Elected Representative", world.representatives["stranger"]),
		("Incident Category", "Hot"),
		("Routine Step", "3.2.1-1"),
		("Hot Rutin Settings", "Hot Rutin Settings"),
	):
		before = administrator.read(doctype, name)
		for field in text_fields(frappe_site, doctype):
			if field == before.get("name") or frappe_site.get_meta(doctype).autoname == f"field:{field}":
				continue  # the name of the row: tried with new rows below
			answer = administrator.put(doctype, name, **{field: SCRIPT})
			answered(answer, world.in_swedish(doctype, field) if doctype in world.labels else "")
			assert administrator.read(doctype, name) == before, f"{doctype} {field}"
	for doctype, field in (("Political Party", "party_name"), ("Incident Category", "category_name")):
		answered(administrator.create(doctype, **{field: SCRIPT}), "specialtecken")
	answer = world.exposed.create(
		"Disqualification", case_name=case.name, officer=world.officer.user, reason=SCRIPT
	)
	answered(answer, world.in_swedish("Disqualification", "reason"))
	assert world.officer.may_read("Incident", case.name)


# --- the same thing twice, and two at once


def at_once(*calls):
	"""Make the calls (a function and its arguments) at the same time, each in its own thread. Returns their answers."""
	barrier = Barrier(len(calls))

	def run(call):
		barrier.wait()
		function, *arguments = call
		return function(*arguments)

	with ThreadPoolExecutor(len(calls)) as threads:
		return list(threads.map(run, calls))


def test_a_report_sent_twice_is_one_case_and_the_second_is_told_its_name(world):
	facts = {"what_happened": unique(), "event_on": now(hours=3)}
	first = world.exposed.report(world.representatives["exposed"], **facts).json()["data"]["name"]
	answered(world.exposed.report(world.representatives["exposed"], **facts), "redan rapporterat", first)
	assert cases_with(world, facts["what_happened"]) == [first]


def test_a_report_sent_twice_at_the_same_time_is_one_case(world):
	desks = [world.exposed.another_desk() for _n in range(4)]
	for _attempt in range(3):
		facts = {
			"exposed_representative": world.representatives["exposed"],
			"what_happened": unique(),
			"event_on": now(hours=3),
		}
		answers = at_once(*((desk.post, "/api/resource/Incident", None, facts) for desk in desks))
		names = [answer.json()["data"]["name"] for answer in answers if answer.status_code == 200]
		assert len(names) == 1, [answer.status_code for answer in answers]
		assert cases_with(world, facts["what_happened"]) == names
		for answer in answers:
			if answer.status_code != 200:
				answered(answer, "redan rapporterat", names[0])


def test_the_second_of_two_who_save_is_told_to_reload_and_the_first_keeps_what_they_wrote(world):
	case = world.case("assessment")
	officers, exposeds = case.stored(), case.stored()
	officers["place"] = "Stora torget"
	assert world.officer.save(officers).status_code == 200
	exposeds["support_contacts"] = [support_contact("Support Person")]
	with case.unchanged():
		answered(world.exposed.save(exposeds), "har ändrat", "ladda om")
	fresh = case.stored()
	fresh["support_contacts"] = [support_contact("Support Person")]
	assert world.exposed.save(fresh).status_code == 200
	assert (case.stored()["place"], len(case.stored()["support_contacts"])) == ("Stora torget", 1)


@pytest.mark.parametrize("doctype", ["Incident", "Follow-up"])
def test_of_several_who_save_at_the_same_time_one_is_kept_and_the_others_are_told(world, doctype):
	case = world.case("consultation")
	writers = {
		"Incident": {
			"officer": ("accompaniments", company("To Home or Another Place")),
			"strategist": ("police_contacts", police_contact()),
			"exposed": ("support_contacts", support_contact("Support Person")),
		},
		"Follow-up": {
			"officer": ("conversations", conversation()),
			"strategist": ("support_orders", support_order()),
			"exposed": ("support_needs", {"answer": "Yes", "consulted_with": "Officer"}),
		},
	}[doctype]
	tables = [table for table, _row in writers.values()]
	for _attempt in range(3):
		before = case.stored(doctype)
		answers = at_once(
			*(
				(world.people[who].save, {**before, table: [*before[table], row]})
				for who, (table, row) in writers.items()
			)
		)
		assert [answer.status_code for answer in answers].count(200) == 1, [
			said(answer) for answer in answers
		]
		after = case.stored(doctype)
		for table, answer in zip(tables, answers, strict=True):
			assert len(after[table]) == len(before[table]) + (answer.status_code == 200)
			if answer.status_code != 200:
				answered(answer, "har ändrat", "ladda om")


def test_of_several_programs_that_write_at_the_same_time_none_undoes_what_another_wrote(world):
	writers = {
		"officer": ("accompaniments", company("To Home or Another Place")),
		"strategist": ("police_contacts", police_contact()),
		"exposed": ("support_contacts", support_contact("Support Person")),
		"deputy": ("assessments", assessment(strategist_needed="Yes")),
	}

	def put(who, case, table, rows):
		return world.people[who].put("Incident", case.name, **{table: rows})

	for _attempt in range(3):
		case = world.case("consultation")
		before = case.stored()
		answers = at_once(
			*((put, who, case, table, [*before[table], row]) for who, (table, row) in writers.items())
		)
		after = case.stored()
		for (table, _row), answer in zip(writers.values(), answers, strict=True):
			assert len(after[table]) == len(before[table]) + (answer.status_code == 200), table
			if answer.status_code != 200:
				answered(answer, "har ändrat")


def test_writing_in_the_incident_and_its_follow_up_at_the_same_time_loses_nothing(world):
	"""Each follows the other: the incident's checklist the follow-up, and the follow-up the time of the event."""
	case = world.case("consultation")
	for attempt in range(4):
		incident, follow_up = case.stored(), case.stored("Follow-up")
		event_on = now(hours=5, minutes=attempt)
		answers = at_once(
			(world.officer.save, {**incident, "event_on": event_on}),
			(
				world.strategist.save,
				{**follow_up, "support_orders": [*follow_up["support_orders"], support_order()]},
			),
		)
		after_incident, after_follow_up = case.stored(), case.stored("Follow-up")
		written = [
			after_incident["event_on"][:16] == event_on[:16],
			len(after_follow_up["support_orders"]) == len(follow_up["support_orders"]) + 1,
		]
		assert written == [answer.status_code == 200 for answer in answers], [
			said(answer) for answer in answers
		]
		assert any(written)
		assert after_follow_up["event_on"] == after_incident["event_on"]
		for answer in answers:
			if answer.status_code != 200:
				answered(answer, "har ändrat")


def test_a_decision_taken_back_while_the_director_files_leaves_no_contradiction(world):
	for _attempt in range(2):
		case = world.case("approved")
		case.write("director", "Police Report", **filing())
		incident, report = case.stored(), case.stored("Police Report")
		decisions = [*incident["police_decisions"], {"decision": "Taken Back", "decided_on": now()}]
		taken_back, filed = at_once(
			(world.exposed.save, {**incident, "police_decisions": decisions}),
			(world.director.press, report, "Record Filing"),
		)
		state, report_state = case.state, case.stored("Police Report")["workflow_state"]
		assert (report_state == "Filed") == (filed.status_code == 200), said(filed)
		if report_state == "Filed":
			assert state == "Support and Information"
		else:
			assert (taken_back.status_code, report_state, state) == (200, "Withdrawn", "Police Consultation")
		for answer in (taken_back, filed):
			if answer.status_code != 200:
				answered(answer)


def test_a_button_pressed_twice_at_the_same_time_counts_once(world):
	case = world.case("decided")
	desks = [world.strategist.another_desk() for _n in range(3)]
	doc = case.stored()
	answers = at_once(*((world.strategist.press, doc, "Request Police Report", desk) for desk in desks))
	assert [answer.status_code for answer in answers].count(200) == 1, [said(answer) for answer in answers]
	reports = world.strategist.desk.get(
		"/api/resource/Police Report", params={"filters": json.dumps([["incident", "=", case.name]])}
	).json()["data"]
	assert len(reports) == 1
