"""Writing what one may only read changes nothing and gets an error that says so: over REST and by the desk's save, for every
role, permission level, field and kind of change to rows."""

import frappe
import pytest
from attack import TEXTS
from world import assessment, company, now, police_contact, said, site, support_contact

# Document -> level -> the roles that may write it while the case is as `case` leaves it: a requested police report.
WRITERS = {
	"Incident": {
		0: set(),
		1: {"officer"},
		2: {"officer"},
		3: {"strategist"},
		4: {"exposed", "officer"},
		5: {"officer", "strategist"},
		6: set(),
	},
	"Police Report": {0: set(), 1: {"strategist"}, 2: {"director"}, 3: set()},
	"Follow-up": {0: set(), 1: {"officer"}, 2: {"exposed", "officer"}, 3: {"exposed"}, 4: {"strategist"}},
}
READERS = {
	"Incident": ("exposed", "officer", "deputy", "strategist"),
	"Police Report": ("exposed", "officer", "deputy", "strategist", "director"),
	"Follow-up": ("exposed", "officer", "deputy", "strategist"),
}
ALIKE = {"deputy": "officer"}  # a deputy stands in for the officer
OTHER_VALUES = {"Datetime": "2024-05-05 05:05:00", "Date": "2024-05-05", "Check": 1, "Int": 7}


@pytest.fixture(scope="module")
def case(world):
	case = world.case("police contacted").support()
	case.decide("Yes").press("strategist", "Request Police Report")
	return case


@pytest.fixture(scope="module")
def metas(stack):
	with site(stack):
		found = {doctype: frappe.get_meta(doctype) for doctype in WRITERS}
		rows = {
			t.options: frappe.get_meta(t.options) for meta in found.values() for t in meta.get_table_fields()
		}
		labels = {
			(doctype, f.fieldname): frappe._(f.label, lang="sv")
			for doctype, meta in {**found, **rows}.items()
			for f in meta.fields
			if f.label
		}
	return found, rows, labels


def may_write(doctype, level, reader):
	return ALIKE.get(reader, reader) in WRITERS[doctype][level]


def another_value(field, value):
	"""A valid value other than the present one, or None where any other would be refused for what it is."""
	if field.fieldtype in TEXTS:
		return "Något annat"
	if field.fieldtype == "Check":
		return 0 if value else 1
	if field.fieldtype == "Select":
		return next((o for o in (field.options or "").split("\n") if o and o != value), None)
	return OTHER_VALUES.get(field.fieldtype)


def plain_fields(meta):
	return [f for f in meta.fields if f.fieldtype in (*TEXTS, "Check", "Select", "Datetime", "Date", "Int")]


def refused(answer, label):
	"""Refused in Swedish, with the name of the field."""
	assert answer.status_code in (403, 417), answer.text[:500]
	text = said(answer)
	assert "inte ändra" in text or "sparades" in text.lower(), text
	if "kan läsa men inte ändra" in text.lower():
		assert label in text, f"{label}: {text}"


@pytest.mark.parametrize("doctype", WRITERS)
def test_a_field_that_one_may_only_read_is_refused_over_rest_and_in_the_desk(world, case, metas, doctype):
	found, _rows, labels = metas
	tried = 0
	with case.unchanged():
		doc = case.stored(doctype)
		for reader in READERS[doctype]:
			person = world.people[reader]
			for field in plain_fields(found[doctype]):
				if not field.read_only and may_write(doctype, field.permlevel, reader):
					continue
				value = another_value(field, doc.get(field.fieldname))
				if value is None:
					continue
				tried += 1
				label = labels[doctype, field.fieldname]
				refused(person.put(doctype, doc["name"], **{field.fieldname: value}), label)
				if (
					tried % 3 == 0
				):  # both ways end in the same save; the desk's is asked for every third field
					refused(person.save({**doc, field.fieldname: value}), label)
	assert tried > 10


@pytest.mark.parametrize("doctype", ("Incident", "Follow-up"))
def test_rows_that_one_may_only_read_are_refused_added_changed_and_removed(world, case, metas, doctype):
	found, rows, labels = metas
	tried = 0
	new = {
		"Incident Assessment": assessment(),
		"Police Contact": police_contact(),
		"Police Decision": {"decision": "No", "decided_on": now()},
		"Support Contact": support_contact("Support Person"),
		"Accompaniment": company("To Home or Another Place"),
	}
	with case.unchanged():
		doc = case.stored(doctype)
		for reader in READERS[doctype]:
			person = world.people[reader]
			for table in found[doctype].get_table_fields():
				if not table.read_only and may_write(doctype, table.permlevel, reader):
					continue
				label = labels[doctype, table.fieldname]
				stored, more = doc[table.fieldname], new.get(table.options, {})
				attempts = [[*stored, more]]
				if stored:
					attempts.append(stored[1:])
					field = next(
						f
						for f in plain_fields(rows[table.options])
						if not f.read_only and another_value(f, None) is not None
					)
					changed = {
						**stored[0],
						field.fieldname: another_value(field, stored[0].get(field.fieldname)),
					}
					attempts.append([changed, *stored[1:]])
				for attempt in attempts:
					tried += 1
					for answer in (
						person.put(doctype, doc["name"], **{table.fieldname: attempt}),
						person.save({**doc, table.fieldname: attempt}),
					):
						assert answer.status_code in (403, 417), f"{reader} {label}: {answer.text[:500]}"
						assert "spara" in said(answer).lower() or "inte" in said(answer).lower(), said(answer)
	assert tried > 10


@pytest.mark.parametrize(
	("who", "doctype", "field"),
	[
		("officer", "Incident", "place"),
		("strategist", "Police Report", "place"),
		# The police's number is for an approved or filed report; this one is requested.
		("director", "Police Report", "return_reason"),
	],
)
def test_what_is_ones_own_is_saved(world, case, who, doctype, field):
	"""The same attempt by the one whose it is: a test that only refuses would pass on a system that saves nothing."""
	name = case.stored(doctype)["name"]
	answer = world.people[who].put(doctype, name, **{field: "Ett nytt ställe"})
	assert answer.status_code == 200, said(answer)
	assert case.stored(doctype)[field] == "Ett nytt ställe"


@pytest.mark.parametrize(
	"who", ("manager", "administrator", "auditor", "foreign_officer", "stranger", "director", "proxy")
)
def test_those_outside_the_circle_write_nothing(world, case, who):
	with case.unchanged():
		for doctype in WRITERS:
			if (who, doctype) == ("director", "Police Report"):
				continue
			doc = case.stored(doctype)
			for answer in (
				world.people[who].put(doctype, doc["name"], place="x"),
				world.people[who].save(doc),
			):
				assert answer.status_code == 403, answer.text[:500]
				assert "behörighet" in said(answer) or "används inte" in said(answer), said(answer)


def test_nobody_turns_answers_or_decisions_round(world):
	"""The last one holds: whoever puts rows in another order, or dates them back, would answer for somebody else."""
	case = world.case("police contacted").decide("Yes").decide("Taken Back")
	for answer in ("Yes", "No"):
		case.write("exposed", "Follow-up", support_needs=[{"answer": answer, "consulted_with": "Officer"}])
	for doctype, table in (("Incident", "police_decisions"), ("Follow-up", "support_needs")):
		before = case.stored(doctype)
		assert len(before[table]) == 2
		turned = [
			{**row, "idx": place, "creation": "2001-01-01 00:00:00"}
			for place, row in enumerate(reversed(before[table]), 1)
		]
		world.officer.put(doctype, before["name"], **{table: turned})
		world.officer.save({**case.stored(doctype), table: turned})
		after = case.stored(doctype)
		for row, earlier in zip(after[table], before[table], strict=True):
			assert all(row[field] == earlier[field] for field in ("name", "idx", "creation"))
	assert case.stored()["police_decision"] == "Taken Back"
