"""A generated year of cases, written row by row past the rules: 2019, which no other test's cases are of.

Its people are its own, and `made` takes all of it away again, so that the tests beside it meet none of it.
"""

import random
import secrets
from contextlib import contextmanager
from datetime import datetime, timedelta

import frappe
from world import Person, make_account, site

YEAR = 2019
QUARTERS = [(f"{YEAR}-01-01", f"{YEAR}-03-31"), (f"{YEAR}-04-01", f"{YEAR}-06-30"), (f"{YEAR}-07-01", f"{YEAR}-09-30"), (f"{YEAR}-10-01", f"{YEAR}-12-31")]  # fmt: skip
AXES = {
	"category": (["Hot", "Hat i sociala medier", "Trakasserier", "Våld", "Skadegörelse", "Stöld", None], [30, 25, 20, 6, 4, 1, 8]),
	"channel": (["Personligen", "Telefon", "E-post", "Sociala medier", "Brev eller paket", "", None], [20, 20, 15, 30, 3, 4, 8]),
	"place_type": (["I hemmet", "På nätet", "På allmän plats", "På arbetsplatsen", None], [10, 30, 10, 2, 50]),
	"perpetrator": (["Okänd", "Känd till namnet", "Känd till utseendet", "Grupp eller organisation", None], [40, 20, 5, 2, 30]),
	"consequence": (["Oro eller otrygghet", "Undvikit en fråga eller debatt", "Lämnat uppdraget", None], [30, 5, 1, 60]),
}  # fmt: skip
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class Year:
	"""The people who read it: officers of two parties, the strategist, the director, the manager and the auditor."""

	def __init__(self, stack, size, seed):
		self.stack, self.size, self.random = stack, size, random.Random(seed)
		# Accounts stay when the year is taken away: each run has names of its own.
		self.mark = secrets.token_hex(4)
		self.people, self.rows, self.made = {}, {}, []

	def add_people(self):
		from hot_rutin.access import policy as access

		self.parties = [f"Årspartiet {letter} {self.mark}" for letter in "AB"]
		for role, name, held in (
			("officer", "Årsvakt Ada", access.OFFICER),
			("other_officer", "Årsvakt Bo", access.OFFICER),
			("strategist", "Årsstrateg Eva", access.STRATEGIST),
			("director", "Årsdirektör Dan", access.DIRECTOR),
			("manager", "Årschef Cia", access.MANAGER),
			("auditor", "Årsgranskare Gil", access.AUDITOR),
		):
			self.people[role] = Person(self.stack, make_account(f"{name} {self.mark}", [held]))
		self.representatives, self.registered = [], []
		for party, officer in zip(self.parties, ("officer", "other_officer"), strict=True):
			frappe.get_doc(
				{
					"doctype": "Political Party",
					"party_name": party,
					"officers": [{"user": self.people[officer].user, "from_date": "2019-01-01"}],
				}
			).insert()
			for number in range(12):
				person = frappe.get_doc(
					{
						"doctype": "Elected Representative",
						"full_name": f"Person {number} {party}",
						"party": party,
						"gender": self.random.choice(["Kvinna", "Man", None]),
						"age_group": self.random.choice(["30–39 år", "50–59 år", "60–69 år", None]),
					}
				).insert()
				self.representatives.append((person.name, party))
				self.registered.append(person.as_dict())

	def __getattr__(self, role):
		try:
			return self.__dict__["people"][role]
		except KeyError:
			raise AttributeError(role) from None

	# --- one case

	def chance(self, probability):
		return self.random.random() < probability

	def hours(self, low, high):
		return timedelta(minutes=self.random.randrange(low * 60, high * 60))

	def code(self):
		return "-".join("".join(self.random.choice(ALPHABET) for _ in range(4)) for _ in range(2))

	def add_case(self, steps):
		code, (person, party) = self.code(), self.random.choice(self.representatives)
		reported = datetime(YEAR, 1, 1) + timedelta(minutes=self.random.randrange(365 * 24 * 60))
		event = reported - (self.hours(400, 700) if self.chance(0.05) else self.hours(0, 100))
		case = {
			"name": f"H-{code}",
			"exposed_representative": person,
			"party": party,
			"event_on": event,
			"reported_on": reported,
			"follow_up": f"U-{code}",
			"workflow_state": "Support and Information",
			"what_happened": f"Genererat {self.mark}",
			**{axis: self.random.choices(*choice)[0] for axis, choice in AXES.items()},
		}
		found = self.checklist(case, code)
		self.add("Incident", **case)
		self.add(
			"Follow-up", name=f"U-{code}", incident=case["name"], event_on=event, workflow_state="Planned"
		)
		for number, step in enumerate(steps, 1):
			status, due, done = found.get(step.evidence, ("Waiting", None, None))
			self.add(
				"Incident Step",
				name=f"{self.mark}{len(self.rows['Incident Step']) if 'Incident Step' in self.rows else 0:07d}",
				parent=case["name"],
				parenttype="Incident",
				parentfield="steps",
				idx=number,
				step=step.name,
				title=step.title,
				responsible_role=step.responsible_role,
				status=status,
				due_on=due,
				done_on=done,
			)

	def checklist(self, case, code):
		"""Evidence -> (status, due, done): what a case like this one would have come to."""
		reported, event, found = case["reported_on"], case["event_on"], {}
		day = timedelta(days=1)

		def act(evidence, start, due, low, high, probability=0.97):
			done = start + self.hours(low, high) if start and self.chance(probability) else None
			found[evidence] = ("Done" if done else "Waiting", due, done)
			return done

		def needless(*evidence, due=None):
			for one in evidence:
				found[one] = ("Not Needed", due, None)

		found["Report"] = ("Done", None, reported)
		assessed = act("Assessment", reported, reported + day, 1, 40)
		contacted = assessed if self.chance(0.6) else None
		if contacted:
			case["strategist_contacted_on"] = contacted
			found["Strategist Contact"] = ("Done", reported + day, contacted)
			act("Police Contact", contacted, contacted + day, 1, 35)
		else:
			needless("Strategist Contact", "Police Contact")
		decision = self.random.choices(["Yes", "No", None], [50, 40, 10])[0]
		case["police_decision"] = decision
		if decision == "Yes" and contacted:
			self.add_report(case, code, contacted, found)
		elif decision == "No":
			needless("Police Report Filed", "Protected Access", "Political Link")
		for evidence in ("Initial Support", "Support Person", "Company to Care", "Company Home", "Company Waiting", "Target Groups Informed", "Media Informed"):  # fmt: skip
			if self.chance(0.5):
				needless(evidence)
			else:
				act(evidence, reported, None, 1, 90, 0.9)
		due = event + 14 * day
		held = act("Conversation", event, due if due >= reported else reported + 14 * day, 24, 400, 0.95)
		if held and held < reported:
			held = reported + day
			found["Conversation"] = ("Done", found["Conversation"][1], held)
		act("Conversation Documented", held, held and held + 2 * day, 0, 60)
		act("Further Conversation", held, held and held + 7 * day, 0, 190)
		need = act("Support Need", held, held and held + 7 * day, 0, 190)
		if need and self.chance(0.6):
			needless("Support Order", due=need + 3 * day)
		else:
			act("Support Order", need, need and need + 3 * day, 1, 90)
		return found

	def add_report(self, case, code, contacted, found):
		decided = contacted + self.hours(0, 20)
		requested = decided + self.hours(1, 30)
		due = requested + timedelta(days=1)
		filed = requested + self.hours(1, 30) if self.chance(0.93) else None
		asked = self.random.choices(["Requested", "Not Requested"], [95, 5])[0] if filed else None
		answer = self.random.choice(["Granted", "Granted", "Refused", None]) if asked == "Requested" else None
		case["police_report"] = f"P-{code}"
		self.add(
			"Police Report",
			name=f"P-{code}",
			incident=case["name"],
			workflow_state="Filed" if filed else "Requested",
			decided_on=decided,
			requested_on=requested,
			due_on=due,
			filed_on=filed,
			protected_access=asked,
			protected_access_answer=answer,
		)
		status = ("Done" if filed else "Waiting", due, filed)
		found["Police Report Filed"] = found["Political Link"] = status
		found["Protected Access"] = ("Not Needed", due, None) if asked == "Not Requested" else status

	def add(self, doctype, **values):
		self.rows.setdefault(doctype, []).append(values)

	# --- the site

	def insert(self):
		from hot_rutin.case.checklist import steps_for

		steps = steps_for()
		for _number in range(self.size):
			self.add_case(steps)
		now = frappe.utils.now()
		for doctype, rows in self.rows.items():
			fields = ["owner", "creation", "modified", *dict.fromkeys(key for row in rows for key in row)]
			frappe.db.bulk_insert(
				doctype,
				fields,
				[["Administrator", now, now, *(row.get(field) for field in fields[3:])] for row in rows],
				chunk_size=5_000,
			)

	def publish(self):
		from hot_rutin.figures.publication import publish

		for start, end in QUARTERS:
			publish(frappe.utils.getdate(start), frappe.utils.getdate(end))

	def take_away(self):
		"""Leave the site as it was, but for the accounts, which are closed and hold no case."""
		names = {doctype: [row["name"] for row in rows] for doctype, rows in self.rows.items()}
		for doctype, those in names.items():
			for number in range(0, len(those), 5_000):
				frappe.db.delete(doctype, {"name": ("in", those[number : number + 5_000])})
		periods = frappe.get_all(
			"Published Figures", filters={"from_date": ("<", f"{YEAR + 1}-01-01")}, pluck="name"
		)
		frappe.db.delete("Published Figure", {"parent": ("in", periods or [""])})
		frappe.db.delete("Published Figures", {"name": ("in", periods or [""])})
		for person in self.people.values():
			frappe.db.set_value("User", person.user, "enabled", 0)
		cases = names.get("Incident", [])
		for number in range(0, len(cases), 5_000):
			frappe.db.delete("Incident Access Log", {"case_name": ("in", cases[number : number + 5_000])})
		for person, _party in getattr(self, "representatives", []):
			frappe.db.delete("Elected Representative", {"name": person})
		for party in getattr(self, "parties", []):
			frappe.db.delete("Party Officer", {"parent": party})
			frappe.db.delete("Political Party", {"name": party})


@contextmanager
def made(stack, size=500, seed=5, publish=True):
	"""The year on the site, and away again."""
	year = Year(stack, size, seed)
	try:
		with site(stack):
			year.add_people()
			year.insert()
			if publish:
				year.publish()
			frappe.db.commit()
		yield year
	finally:
		with site(stack):
			year.take_away()
			frappe.db.commit()
