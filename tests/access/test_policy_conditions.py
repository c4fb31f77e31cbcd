"""Each condition of the policy is needed: as it stands it hides a row from somebody, and left out it shows that row."""

from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import frappe
import pytest
from hot_rutin.access import conditions, policy
from hot_rutin.access.policy import (
	ADMINISTRATOR,
	DIRECTOR,
	EVERYTHING,
	EXPOSED,
	OFFICER,
	PROXY,
	STRATEGIST,
)
from world import site


@dataclass(frozen=True)
class Mutant:
	"""`left_out` of the policy, it shows `reader` the row of `doctype` of the case (party, state); `given` changes the world before."""

	name: str
	left_out: object
	reader: str
	doctype: str
	case: tuple = ("A", "Assessment")
	given: object = None


def rule(table, key, value):
	return lambda: patch.dict(table, {key: value})


def circle(doctype, role):
	return rule(policy.READERS, doctype, (*policy.READERS[doctype], role))


def register(doctype, role, value=EVERYTHING):
	table = policy.REGISTERS if doctype in policy.REGISTERS else policy.LOGS
	return rule(table[doctype], role, value)


def set_incident(case, **values):
	frappe.db.set_value("Incident", case.documents["Incident"], values, update_modified=False)


def mark_officer(attack, case):
	values = {
		"case_name": case.documents["Incident"],
		"officer": attack.people["officer"].user,
		"reason": "x",
	}
	frappe.get_doc({"doctype": "Disqualification", **values}).db_insert()


def about_the_officer(attack, case):
	frappe.db.set_value(
		"Elected Representative", attack.representatives["A"], "user", attack.people["officer"].user
	)


def by_proxy(attack, case):
	set_incident(case, proxy=attack.people["proxy"].user)


def switched_off(attack, case):
	frappe.db.set_value("User", attack.people["officer"].user, "enabled", 0)


def without_enabled():
	return patch.object(
		conditions,
		"stored_roles",
		lambda user: frozenset(frappe.get_all("Has Role", {"parent": user}, pluck="role")),
	)


OFFICERS = policy.CAPACITIES[OFFICER].split(" and ")
REPORTED = ("A", "Reported")
REQUESTED = ("A", "Awaiting Police Report")
MUTANTS = [
	Mutant("whose case it is", rule(policy.CAPACITIES, EXPOSED, EVERYTHING), "stranger", "Incident"),
	Mutant("who reported it", rule(policy.CAPACITIES, PROXY, "`tabIncident`.workflow_state = 'Reported'"), "proxy", "Incident", ("B", "Reported")),
	Mutant("until it is assessed", rule(policy.CAPACITIES, PROXY, "`tabIncident`.proxy = {user}"), "proxy", "Incident", given=by_proxy),
	Mutant("the officer's party", rule(policy.CAPACITIES, OFFICER, " and ".join(OFFICERS[1:])), "foreign_officer", "Incident"),
	Mutant("no case of their own", rule(policy.CAPACITIES, OFFICER, " and ".join([OFFICERS[0], OFFICERS[2]])), "officer", "Police Report", REQUESTED, given=about_the_officer),
	Mutant("no case that they are disqualified for", rule(policy.CAPACITIES, OFFICER, " and ".join(OFFICERS[:2])), "officer", "Incident", given=mark_officer),
	Mutant("on duty today", rule(policy.FACTS, "served_parties", "select distinct parent from `tabParty Officer` where user = {user}"), "former_officer", "Incident"),
	Mutant("once contacted", rule(policy.CAPACITIES, STRATEGIST, EVERYTHING), "strategist", "Incident", REPORTED),
	Mutant("an account that is on", without_enabled, "officer", "Incident", given=switched_off),
	*(
		Mutant(f"the circle of {doctype}, without {role}", circle(doctype, role), reader, doctype, case)
		for doctype, role, reader, case in (
			("Incident", DIRECTOR, "director", REQUESTED),
			("Police Report", PROXY, "proxy", REQUESTED),
			("Follow-up", PROXY, "proxy", REPORTED),
			("Follow-up", DIRECTOR, "director", REQUESTED),
			("Masked Copy", PROXY, "proxy", REPORTED),
			("Masked Copy", DIRECTOR, "director", REQUESTED),
		)
		if (doctype, role) != ("Police Report", PROXY)
	),
	Mutant("a representative's own row", register("Elected Representative", EXPOSED), "exposed_b", "Elected Representative"),
	Mutant("the proxy's principal", register("Elected Representative", PROXY), "proxy", "Elected Representative", ("B", "Reported")),
	Mutant("representatives of the officer's party", register("Elected Representative", OFFICER), "foreign_officer", "Elected Representative"),
	Mutant("disqualifications of one's own case", register("Disqualification", EXPOSED), "exposed_b", "Disqualification", given=mark_officer),
	Mutant("disqualifications that an administrator made", register("Disqualification", ADMINISTRATOR), "administrator", "Disqualification", given=mark_officer),
	Mutant("readings of one's own case", register("Incident Access Log", EXPOSED), "exposed_b", "Incident Access Log"),
	*(
		Mutant(f"what waits for {role}", register("Step Reminder", role), reader, "Step Reminder")
		for role, reader in ((EXPOSED, "exposed_b"), (OFFICER, "foreign_officer"), (STRATEGIST, "strategist"), (DIRECTOR, "director"))
	),
	Mutant("to whom reminders went", lambda: patch.dict(policy.WITHOUT_ROWS, clear=True), "administrator", "Reminder Mail"),
	*(
		Mutant(f"what belongs to a case: {doctype}", lambda doctype=doctype: patch.object(conditions, "_shadow_condition", lambda *_: EVERYTHING), "foreign_officer", doctype)
		for doctype in policy.SHADOWS
		if doctype != "Workflow Action"
	),
]  # fmt: skip


@contextmanager
def row_of(attack, mutant):
	"""The name of the row that the mutant is about, planted where there is none."""
	case = next(c for c in attack.cases if (c.party, c.state) == mutant.case)
	incident = case.documents["Incident"]
	with site(attack.stack):
		if mutant.given:
			mutant.given(attack, case)
		names = {**case.documents, **case.rows, "Elected Representative": attack.representatives[case.party]}
		if mutant.doctype == "Disqualification":
			names["Disqualification"] = frappe.db.get_value("Disqualification", {"case_name": incident})
		elif mutant.doctype == "Incident Access Log":
			row = {
				"user": "Guest",
				"case_name": incident,
				"document": incident,
				"way": "Form",
				"read_on": "2026-01-01 00:00:00",
			}
			log = frappe.get_doc({"doctype": "Incident Access Log", **row})
			log.db_insert()
			names["Incident Access Log"] = log.name
		elif mutant.doctype in ("Step Reminder", "Reminder Mail"):
			plan = {
				"case_name": incident,
				"responsible_role": policy.AUDITOR,
				"document_type": "Incident",
				"document": incident,
			}
			reminder = frappe.get_doc({"doctype": "Step Reminder", **plan})
			reminder.db_insert()
			mail = {"parent": reminder.name, "parenttype": "Step Reminder", "parentfield": "mails"}
			row = frappe.get_doc({"doctype": "Reminder Mail", **mail})
			row.db_insert()
			names |= {"Step Reminder": reminder.name, "Reminder Mail": row.name}
		yield names[mutant.doctype]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_each_condition_hides_what_it_would_show_if_it_were_left_out(attack, mutant):
	user = attack.people[mutant.reader].user
	with row_of(attack, mutant) as name:
		assert not conditions.may_read(mutant.doctype, name, user)
		with mutant.left_out():
			assert conditions.may_read(mutant.doctype, name, user)


def test_a_director_has_no_part_in_a_case_without_a_report(attack):
	case = next(c for c in attack.cases if (c.party, c.state) == ("A", "Assessment"))
	with site(attack.stack):
		user = attack.people["director"].user
		assert not conditions.capacities(case.documents["Incident"], user)
		with patch.dict(policy.CAPACITIES, {DIRECTOR: EVERYTHING}):
			assert DIRECTOR in conditions.capacities(case.documents["Incident"], user)


def test_a_name_counts_that_is_stored_just_so(attack):
	case = next(c for c in attack.cases if (c.party, c.state) == ("A", "Assessment"))
	name, user = case.documents["Incident"], attack.people["officer"].user
	with site(attack.stack):
		for spelt in (name.lower(), f"{name} ", "\uff28" + name[1:], name.replace("H", "H\u0301")):
			assert not conditions.readable("Incident", [spelt], user), spelt
		assert set(conditions.readable("Incident", [name, spelt], user)) == {name}
