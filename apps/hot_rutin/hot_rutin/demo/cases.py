"""Cases of the demo municipality, one chapter of the routine after the other. Every chapter is played by its role."""

from datetime import timedelta

import frappe
from frappe.utils import add_days, now_datetime

from hot_rutin.demo import MUNICIPALITY, PARTIES, PROXY_NAME, PROXY_OF
from hot_rutin.demo.acting import acting, change, press

STRATEGIST, DIRECTOR = list(MUNICIPALITY)[:2]


class Story:
	"""One case, told in the order of the routine."""

	def __init__(self, person: str, what: str, category: str, reporter: str | None = None, **facts):
		self.person = person
		self.party = next(party for party, (*_officers, people) in PARTIES.items() if person in people)
		self.officer = PARTIES[self.party][0]
		with acting(reporter or person):
			incident = frappe.get_doc(
				{
					"doctype": "Incident",
					"exposed_representative": frappe.db.get_value(
						"Elected Representative", {"full_name": person}
					),
					"event_on": now_datetime() - timedelta(hours=2),
					"what_happened": what,
					"category": category,
					**facts,
				}
			).insert()
		self.incident = incident.name
		self.follow_up = frappe.db.get_value("Incident", incident.name, "follow_up")

	def write(self, name, **values):
		change(name, "Incident", self.incident, **values)
		return self

	def press(self, name, *actions):
		for action in actions:
			press(name, "Incident", self.incident, action)
		return self

	def assess(self, strategist_needed="Yes"):
		"""3.1.1"""
		self.press(self.officer, "Start Assessment")
		return self.write(
			self.officer,
			assessments=[
				{
					"assessed_on": now_datetime(),
					"made_together": 1,
					"severity": "High",
					"strategist_needed": strategist_needed,
					"wishes": "Vill inte vara ensam på väg hem från möten.",
					"assessment": "Vi följer läget tillsammans varje dag.",
				}
			],
		)

	def consult(self, decision="Yes"):
		"""3.1.1 to 3.1.3: strategist, police, and the exposed person's own decision."""
		self.press(self.officer, "Contact Strategist")
		self.write(
			STRATEGIST,
			police_contacts=[
				{
					"contacted_on": now_datetime(),
					"channel": "Phone",
					"with_whom": "Polisens kontaktcenter",
					"political_link_stated": 1,
					"advice": "Spara meddelandena och anmäl.",
				}
			],
		)
		return self.decide(decision)

	def decide(self, decision):
		"""3.1.3"""
		return self.write(
			self.person,
			police_decisions=[{"decision": decision, "decided_on": now_datetime(), "told_to": STRATEGIST}],
		)

	def request(self):
		"""3.1.3: the strategist requests the police report."""
		self.press(STRATEGIST, "Request Police Report")
		self.report = frappe.db.get_value("Incident", self.incident, "police_report")
		return self

	def report_action(self, name, action, **values):
		if values:
			change(name, "Police Report", self.report, **values)
		press(name, "Police Report", self.report, action)
		return self

	def file(self):
		"""3.1.3: the director approves and files."""
		self.report_action(DIRECTOR, "Approve")
		return self.report_action(
			DIRECTOR,
			"Record Filing",
			filed_on=now_datetime(),
			filed_how="Phone",
			political_link_stated=1,
			protected_access="Requested",
			police_number="EXEMPEL-0001",
		)

	def support(self):
		"""3.2.1 and 3.2.2"""
		now = now_datetime()
		return self.write(
			self.officer,
			support_contacts=[
				{
					"kind": "Initial Support",
					"full_name": "Kim Kamrat",
					"relation": "Partikamrat",
					"from_time": now,
				},
				{
					"kind": "Support Person",
					"full_name": "Noa Närstående",
					"relation": "Syskon",
					"from_time": now,
				},
			],
			accompaniments=[
				{
					"kind": kind,
					"accompanied_by": "Kim Kamrat",
					"from_time": now,
					"handed_over_to": "Noa Närstående",
				}
				for kind in (
					"To and While Awaiting Care",
					"To Home or Another Place",
					"At Home Awaiting the Support Person",
				)
			],
		)

	def inform(self):
		"""3.2.3: the officer writes, the strategist approves, the officer sends."""
		self.write(
			self.officer,
			information_notices=[
				{
					"target_group": group,
					"notice_text": "En händelse har inträffat. Den som är berörd har stöd. Hänvisa frågor till mig.",
					"approved_by_officer": 1,
				}
				for group in ("Party Colleagues", "Mass Media")
			],
		)
		self.edit_notices(STRATEGIST, approved_by_strategist=1)
		return self.edit_notices(self.officer, sent_on=now_datetime(), sent_how="Muntligt på möte")

	def edit_notices(self, name, **values):
		with acting(name):
			doc = frappe.get_doc("Incident", self.incident)
			for row in doc.information_notices:
				row.update(values)
			doc.save()
		return self

	def converse(self):
		"""3.2.4: the conversation is held and documented."""
		change(
			self.officer,
			"Follow-up",
			self.follow_up,
			conversations=[
				{
					"held_on": now_datetime(),
					"with_whom": self.person,
					"notes": "Vi gick igenom vad som hänt och vad som behövs framöver.",
				}
			],
		)
		press(self.officer, "Follow-up", self.follow_up, "Record Conversation")
		return self

	def assess_needs(self, answer="Yes"):
		"""3.2.4: further conversations, and the exposed person's own answer."""
		change(
			self.officer,
			"Follow-up",
			self.follow_up,
			further_conversations=[{"assessed_on": now_datetime(), "needed": "No"}],
		)
		change(
			self.person,
			"Follow-up",
			self.follow_up,
			support_needs=[{"answer": answer, "consulted_with": "Officer"}],
		)
		press(self.officer, "Follow-up", self.follow_up, "Record Needs")
		return self

	def order_support(self):
		"""3.2.4: the strategist orders and calls off professional support."""
		now = now_datetime()
		change(
			STRATEGIST,
			"Follow-up",
			self.follow_up,
			support_orders=[
				{"ordered_on": now, "called_off_on": now, "provider": "Kommunens företagshälsovård"}
			],
		)
		press(STRATEGIST, "Follow-up", self.follow_up, "Order Support")
		return self

	def close(self):
		press(self.officer, "Follow-up", self.follow_up, "Complete")
		return self.press(self.officer, "Close")

	def age(self, days: int):
		"""Move the whole case `days` back in time."""
		for doctype in ("Incident", "Follow-up", "Police Report"):
			parent = "name" if doctype == "Incident" else "incident"
			for name in frappe.get_all(doctype, filters={parent: self.incident}, pluck="name"):
				doc = frappe.get_doc(doctype, name)
				for part in [doc, *doc.get_all_children()]:
					times = [field.fieldname for field in part.meta.get("fields", {"fieldtype": "Datetime"})]
					times += ["creation"] if part is doc else []
					earlier = {name: add_days(part.get(name), -days) for name in times if part.get(name)}
					if earlier:
						part.db_set(earlier, update_modified=False)
		with acting(self.officer):
			# The incident follows.
			frappe.get_doc("Follow-up", self.follow_up).save(
				ignore_permissions=True
			)  # time moves it, not a person
		return self


def make() -> None:
	"""Make cases in every state, old and new, some with steps overdue."""
	folke, frida, filip = PARTIES["Fyrpartiet"][2]
	maja, malte, mira = PARTIES["Måslistan"][2]
	vilja, vidar = PARTIES["Vågorna"][2]
	# Reported: one just now by the proxy, one three days ago that nobody has assessed.
	Story(
		PROXY_OF,
		"Ett hotfullt brev låg i brevlådan. Folke är hos mig nu.",
		"Hot",
		reporter=PROXY_NAME,
		channel="Brev eller paket",
		place="Hemma",
	)
	Story(maja, "Okänd person skrek hot efter mig efter nämndmötet.", "Hot", channel="Personligen").age(3)
	# Assessment, police consultation (overdue), and a report waited for, approved and returned.
	Story(
		vilja, "Många hatiska meddelanden sedan i går.", "Hat i sociala medier", channel="Sociala medier"
	).assess()
	Story(malte, "Upprepade samtal på natten.", "Trakasserier", channel="Telefon").assess().press(
		PARTIES["Måslistan"][0], "Contact Strategist"
	).age(2)
	Story(
		frida, "Någon har följt efter mig hem två gånger.", "Hot", channel="Personligen"
	).assess().consult().request()
	Story(
		vidar, "Mejl med hot mot mig och min familj.", "Hot", channel="E-post"
	).assess().consult().request().report_action(DIRECTOR, "Approve").age(4)
	Story(mira, "Rutan i ytterdörren krossades.", "Skadegörelse").assess().consult().request().report_action(
		DIRECTOR, "Return", return_reason="Komplettera med var händelsen inträffade."
	)
	# The exposed person took the decision back.
	Story(filip, "Kränkande klistermärken på min bil.", "Skadegörelse").assess().consult().request().decide(
		"Taken Back"
	)
	# Support and follow-up, the latter with a conversation that is late.
	Story(
		folke, "Hot på sociala medier efter debatten.", "Hot", channel="Sociala medier"
	).assess().consult().request().file().support()
	Story(vilja, "Blev knuffad på torget.", "Våld", channel="Personligen").assess("No").press(
		PARTIES["Vågorna"][0], "Handle in Party"
	).decide("No").support().press(PARTIES["Vågorna"][0], "Start Follow-up").age(20)
	# Closed: the whole routine, and one where the exposed person said no to a police report and to support.
	Story(
		maja, "Hotfullt samtal till arbetsplatsen.", "Hot", channel="Telefon"
	).assess().consult().request().file().support().inform().press(
		PARTIES["Måslistan"][0], "Start Follow-up"
	).converse().assess_needs().order_support().close().age(40)
	Story(
		frida, "Falska uppgifter spreds om mig.", "Falska uppgifter", channel="Sociala medier"
	).assess().consult("No").press(STRATEGIST, "No Police Report").support().inform().press(
		PARTIES["Fyrpartiet"][0], "Start Follow-up"
	).converse().assess_needs("No").close().age(75)
