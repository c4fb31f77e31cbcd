"""One case of the demo municipality's past."""

from datetime import date, datetime, time, timedelta

import frappe
from frappe.utils import format_datetime

from hot_rutin.access.policy import EXPOSED, OFFICER
from hot_rutin.case.checklist import add_checklist, update_checklist
from hot_rutin.case.deadlines import TIME_FORMAT, due_on
from hot_rutin.case.document import random_code
from hot_rutin.case.people import signature
from hot_rutin.case.steps import Case, latest_decision, latest_need
from hot_rutin.demo import MUNICIPALITY, PARTIES, user_of

STRATEGIST, DIRECTOR = list(MUNICIPALITY)[:2]

# Category -> how often, by which channels, where, and what was said to have happened.
KINDS = {
	"Hot": (12, ("Telefon", "E-post", "Sociala medier", "Personligen"), "I hemmet", "Hot om att jag ska få ångra mitt beslut."),
	"Hat i sociala medier": (10, ("Sociala medier",), "På nätet", "Många hatiska kommentarer efter en debatt."),
	"Trakasserier": (7, ("Telefon", "E-post", "Personligen"), "På arbetsplatsen", "Någon ringer gång på gång utan att säga vem det är."),
	"Falska uppgifter": (3, ("Sociala medier",), "På nätet", "Påhittade uppgifter om mig sprids."),
	"Skadegörelse": (3, (None,), "I hemmet", "Brevlådan är sönderslagen."),
	"Otillåten påverkan": (2, ("Personligen", "E-post"), "I kommunens lokaler", "Erbjöds en förmån för min röst."),
	"Våld": (1, ("Personligen",), "På allmän plats", "Blev knuffad på väg från mötet."),
}  # fmt: skip
PERPETRATORS = {"Okänd": 6, "Känd till namnet": 3, "Känd till utseendet": 1, None: 2}
CONSEQUENCES = {
	"Oro eller otrygghet": 6,
	"Ändrat sina vanor": 2,
	"Undvikit en fråga eller debatt": 1,
	None: 4,
}


class PastCase:
	"""A case from the report to its end, without the people: most steps in time, some late."""

	def __init__(self, chance, person, day: date):
		self.chance, self.person = chance, person
		self.officer = PARTIES[person.party][0]
		self.reporter = person.full_name if person.user else self.officer
		self.reported = datetime.combine(day, time(8)) + self.after(0, 13)
		self.code = random_code()

	def after(self, low, high):
		"""Return a time between so many hours."""
		return timedelta(minutes=self.chance.randrange(low * 60, high * 60))

	def one_of(self, weights):
		return self.chance.choices(list(weights), list(weights.values()))[0]

	def usually(self, share=0.85):
		return self.chance.random() < share

	def add_to(self, rows):
		incident, follow_up = self.incident(), self.follow_up()
		report = None
		self.assess(incident)
		if self.strategist:
			report = self.consult(incident)
		else:
			incident.handled_in_party_on = self.assessed + self.after(1, 3)
			self.decide(incident, "No", self.assessed)
		self.support(incident)
		self.inform(incident)
		self.converse(incident, follow_up)
		incident.police_decision = latest_decision(incident)
		incident.police_contacted = bool(incident.police_contacts)
		follow_up.support_needed = latest_need(follow_up).answer
		for doc in filter(None, (incident, report, follow_up)):
			by_daylight(doc)
		if report:
			settings = frappe.get_cached_doc("Hot Rutin Settings").as_dict()
			report.due_on = due_on("Police Report", {"report_requested_on": report.requested_on}, settings)
		case = Case(incident, report, follow_up)
		for doc in (incident, follow_up):
			update_checklist(doc, case)
		follow_up.due_on = next(row.due_on for row in follow_up.steps if row.due_on)
		for doc in filter(None, (incident, report, follow_up)):
			rows.add(doc, report.requested_on if doc is report else incident.reported_on, self.reporter)
		self.log_readings(rows)

	def new(self, doctype, **values):
		return frappe.new_doc(doctype).update(values)

	def row(self, doc, table, by, **values):
		"""Add a row that `by` wrote."""
		doc.append(table, {"owner": user_of(by), **values})

	def incident(self):
		kind = self.one_of({kind: weight for kind, (weight, *_rest) in KINDS.items()})
		_weight, channels, place, what = KINDS[kind]
		doc = self.new(
			"Incident",
			name=f"H-{self.code}",
			event_on=self.reported - self.after(1, 60),
			what_happened=what,
			exposed_representative=self.person.name,
			exposed_name=self.person.full_name,
			contact_phone="0700-000000" if self.person.user else None,
			party=self.person.party,
			category=kind,
			channel=self.chance.choice(channels),
			place_type=place if self.usually(0.6) else None,
			perpetrator=self.one_of(PERPETRATORS),
			consequence=self.one_of(CONSEQUENCES),
			reported_on=self.reported,
			reported_by=signature(user_of(self.reporter)),
			reported_as=EXPOSED if self.person.user else OFFICER,
			follow_up=f"U-{self.code}",
			workflow_state="Closed",
		)
		add_checklist(doc)
		self.event = doc.event_on
		return doc

	def follow_up(self):
		doc = self.new(
			"Follow-up",
			name=f"U-{self.code}",
			incident=f"H-{self.code}",
			event_on=self.event,
			workflow_state="Completed",
		)
		add_checklist(doc, "Follow-up")
		return doc

	def assess(self, incident):
		"""3.1.1"""
		self.assessed = self.reported + (self.after(2, 20) if self.usually() else self.after(26, 50))
		self.strategist = self.usually(0.6)
		self.row(
			incident,
			"assessments",
			self.officer,
			assessed_on=self.assessed,
			made_together=1,
			severity=self.one_of({"Low": 2, "Medium": 3, "High": 2}),
			strategist_needed="Yes" if self.strategist else "No",
			assessment="Vi har gått igenom vad som hänt och följer läget.",
		)

	def consult(self, incident):
		"""3.1.1 to 3.1.3: the strategist, the police, the exposed person's decision, and a report if they want one."""
		contacted = self.assessed + self.after(1, 4)
		incident.strategist_contacted_on = contacted
		incident.strategist_contacted_by = signature(user_of(self.officer))
		told = contacted + (self.after(1, 20) if self.usually() else self.after(25, 60))
		self.row(
			incident,
			"police_contacts",
			STRATEGIST,
			contacted_on=told,
			channel="Phone",
			with_whom="Polisens kontaktcenter",
			political_link_stated=1,
			advice="Spara allt som skickas.",
		)
		wants = self.usually(0.65)
		self.decide(incident, "Yes" if wants else "No", told)
		return self.police_report(incident) if wants else None

	def decide(self, incident, decision, after):
		"""3.1.3"""
		by = self.reporter
		self.decided = after + self.after(1, 10)
		self.row(
			incident,
			"police_decisions",
			by,
			decision=decision,
			decided_on=self.decided,
			told_to=self.officer,
			recorded_by=signature(user_of(by)),
			on_behalf=not self.person.user,
		)

	def police_report(self, incident):
		requested = self.decided + self.after(1, 12)
		filed = requested + (self.after(1, 22) if self.usually() else self.after(26, 70))
		doc = self.new(
			"Police Report",
			name=f"P-{self.code}",
			incident=incident.name,
			workflow_state="Filed",
			requested_on=requested,
			decided_on=self.decided,
			person_name=incident.exposed_name,
			person_contact=incident.contact_phone,
			event_on=incident.event_on,
			what_happened=incident.what_happened,
			police_advice="Spara allt som skickas.",
			filed_on=filed,
			filed_how="Phone",
			filed_by=signature(user_of(DIRECTOR)),
			political_link_stated=1,
			protected_access="Requested",
			protected_access_answer=self.one_of({"Granted": 5, "Refused": 2, None: 1}),
			police_number=f"EXEMPEL-{self.code}",
			owner=user_of(STRATEGIST),
		)
		incident.police_report = doc.name
		return doc

	def support(self, incident):
		"""3.2.1 and 3.2.2"""
		start = self.reported + self.after(1, 20)
		for kind, name in (("Initial Support", "Kim Kamrat"), ("Support Person", "Noa Närstående")):
			self.row(incident, "support_contacts", self.officer, kind=kind, full_name=name, from_time=start)
		for evidence in ("Company to Care", "Company Home", "Company Waiting"):
			self.mark_not_needed(incident, evidence, start, "Behövdes inte.")

	def inform(self, incident):
		"""3.2.3"""
		sent = self.assessed + self.after(20, 90)
		if self.strategist:
			self.row(
				incident,
				"information_notices",
				self.officer,
				target_group="Party Colleagues",
				notice_text="En händelse har inträffat. Den som är berörd har stöd.",
				approved_by_officer=1,
				officer_approval=signed(self.officer, sent),
				approved_by_strategist=1,
				strategist_approval=signed(STRATEGIST, sent),
				sent_on=sent,
				sent_how="Muntligt på möte",
			)
		else:
			self.mark_not_needed(incident, "Target Groups Informed", sent, "Den utsatte ville inte det.")
		self.mark_not_needed(incident, "Media Informed", sent, "Ingen frågade.")

	def mark_not_needed(self, incident, evidence, when, reason):
		"""Mark a step as the officer does it in the checklist."""
		step = frappe.get_cached_value("Routine Step", {"evidence": evidence}, "name")
		for row in incident.steps:
			if row.step == step:
				by = signature(user_of(self.officer))
				row.update({"status": "Not Needed", "done_on": when, "done_by": by, "reason": reason})

	def converse(self, incident, doc):
		"""3.2.4"""
		held = self.event + (
			self.after(5 * 24, 13 * 24) if self.usually(0.7) else self.after(15 * 24, 21 * 24)
		)
		held = max(held, self.assessed + self.after(1, 5))
		documented = held + (self.after(1, 40) if self.usually() else self.after(50, 90))
		assessed = held + (self.after(1, 6 * 24) if self.usually() else self.after(8 * 24, 10 * 24))
		self.row(
			doc,
			"conversations",
			self.officer,
			held_on=held,
			with_whom=self.person.full_name,
			notes="Vi gick igenom vad som hänt och vad som behövs.",
			documented_on=documented,
			documented_by=signature(user_of(self.officer)),
		)
		self.row(doc, "further_conversations", self.officer, assessed_on=assessed, needed="No")
		answered = assessed + self.after(1, 20)
		needs = self.strategist and self.usually(0.4)
		self.row(
			doc,
			"support_needs",
			self.reporter,
			answer="Yes" if needs else "No",
			consulted_with="Officer",
			answered_on=answered,
			answered_by=signature(user_of(self.reporter)),
		)
		if needs:
			ordered = answered + (self.after(2, 60) if self.usually() else self.after(80, 120))
			self.row(
				doc,
				"support_orders",
				STRATEGIST,
				ordered_on=ordered,
				called_off_on=ordered,
				provider="Kommunens företagshälsovård",
			)

	def log_readings(self, rows):
		"""Who had the form open when: at the report, at the assessment and, where contacted, the strategist."""
		readers = [(self.officer, self.reported + self.after(1, 2)), (self.officer, self.assessed)]
		if self.strategist:
			readers.append((STRATEGIST, self.assessed + self.after(4, 5)))
		for name, when in readers:
			log = self.new(
				"Incident Access Log",
				read_on=in_the_day(when),
				user=user_of(name),
				full_name=name,
				case_name=f"H-{self.code}",
				document=f"H-{self.code}",
				way="Form",
			)
			rows.add(log, log.read_on, name)


def signed(name, when):
	return f"{signature(user_of(name))} {format_datetime(in_the_day(when), TIME_FORMAT)}"


def in_the_day(when):
	"""Return a time between eight and five of the same day, in the same order as others: people who sleep make these."""
	midnight = datetime.combine(when.date(), time())
	minutes = (when - midnight) / timedelta(minutes=1)
	return midnight + timedelta(minutes=8 * 60 + int(minutes * 9 / 24))


def by_daylight(doc):
	for part in [doc, *doc.get_all_children()]:
		for field in part.meta.get("fields", {"fieldtype": "Datetime"}):
			if part.get(field.fieldname):
				part.set(field.fieldname, in_the_day(part.get(field.fieldname)))
