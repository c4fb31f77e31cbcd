"""A small municipality of its own for the tests: two parties, their people, and cases brought to any point of the
routine over HTTP, by the people who answer for each step."""

import json
import re
import secrets
from contextlib import contextmanager
from contextvars import Context
from copy import deepcopy
from datetime import datetime, timedelta
from functools import cache
from html import unescape
from unittest.mock import patch
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import frappe
import requests
from copied_case import insert_copy, rows_of
from frappe.auth import CookieManager, LoginManager
from frappe.utils import set_request
from in_process import InProcess, site

STOCKHOLM = ZoneInfo("Europe/Stockholm")
REFUSED = (403, 417)
REFERENCES = {"Police Report": "police_report", "Follow-up": "follow_up"}


def now(**ago):
	"""The local time as forms send it; now(hours=2) is two hours ago."""
	return f"{datetime.now(STOCKHOLM) - timedelta(**ago):%Y-%m-%d %H:%M:%S}"


def said(answer):
	"""Everything that a person reads in an answer, as plain text."""
	told = answer.json()
	messages = [json.loads(message) for message in json.loads(told.get("_server_messages", "[]"))]
	texts = [f"{message.get('title', '')}: {message['message']}" for message in messages]
	return unescape(re.sub(r"<[^>]*>", " ", "\n".join(texts or [told.get("exception", "")])))


class Desk(requests.Session):
	"""A user's REST session, with the application in this process; with `over_http`, with the web server. Paths are relative:
	desk.get("/api/resource/ToDo")."""

	def __init__(self, stack, over_http=False):
		super().__init__()
		self.stack = stack
		self.headers["Host"] = urlsplit(stack.url).netloc
		self.headers["Accept"] = "application/json"
		if not over_http:
			self.mount("http://", InProcess(application()))

	def request(self, method, url, **options):
		options.setdefault("timeout", 60)
		return super().request(method, self.stack.address + url, **options)

	def log_in(self, user, password):
		"""Sign in, and take the token that Frappe asks of every request that writes. Returns self."""
		answer = self.post("/api/method/login", data={"usr": user, "pwd": password})
		answer.raise_for_status()
		token = re.search(r'csrf_token = "(\w+)"', self.get("/app").text)
		if token:
			self.headers["X-Frappe-CSRF-Token"] = token[1]
		return self

	def as_user(self, user):
		"""Have a session as Frappe makes one when it has believed a password: that it does is tried in test_sign_in.py. Returns
		self."""
		sid, token = new_session(self.stack, user)
		self.cookies.set("sid", sid)
		self.headers["X-Frappe-CSRF-Token"] = token
		return self


@cache
def application():
	"""What the web server serves. It takes the folder that it is loaded in for the sites'."""
	from provision.web import application

	return application


def new_session(stack, user):
	"""Sign a user in. Returns the session's id and its token."""
	return Context().run(_new_session, stack, user)


def _new_session(stack, user):
	with site(stack):
		set_request(path="/login", method="POST")
		frappe.local.request_ip = "127.0.0.1"
		frappe.local.cookie_manager = CookieManager()
		frappe.local.login_manager = LoginManager()
		# By a password: not by the link in a mail, which is logged.
		set_request(path="/api/method/login", method="POST")
		frappe.local.login_manager.login_as(user)
		token = frappe.sessions.get_csrf_token()
		frappe.db.commit()
		return frappe.session.sid, token


class Person:
	"""Somebody with an account, at their desk."""

	def __init__(self, stack, account):
		self.name, self.user, self.password = account["name"], account["user"], account["password"]
		self.roles = account["roles"]
		self.stack = stack
		self._desk = None

	@property
	def signature(self):
		"""How this person signs: by name and account."""
		return f"{self.name} ({self.user})"

	@property
	def desk(self):
		self._desk = self._desk or Desk(self.stack).as_user(self.user)
		return self._desk

	def another_desk(self):
		"""The same person, signed in a second time: a session is not for two threads."""
		return Desk(self.stack).as_user(self.user)

	def read(self, doctype, name):
		"""The document as stored. Fails if this person may not read it."""
		answer = self.desk.get(f"/api/resource/{doctype}/{name}")
		assert answer.status_code == 200, f"{self.name}: {answer.text}"
		return answer.json()["data"]

	def may_read(self, doctype, name):
		return self.desk.get(f"/api/resource/{doctype}/{name}").status_code == 200

	def sees(self, doctype, name):
		"""Whether the document is in this person's list."""
		answer = self.desk.get(
			f"/api/resource/{doctype}", params={"filters": json.dumps([["name", "=", name]])}
		)
		return answer.status_code == 200 and bool(answer.json()["data"])

	def create(self, doctype, **values):
		return self.desk.post(f"/api/resource/{doctype}", json=values)

	def save(self, doc, desk=None):
		"""Save a whole document, as the desk does."""
		return (desk or self.desk).post(
			"/api/method/frappe.desk.form.save.savedocs", data={"doc": json.dumps(doc), "action": "Save"}
		)

	def put(self, doctype, name, **values):
		"""Write some values over REST."""
		return self.desk.put(f"/api/resource/{doctype}/{name}", json=values)

	def press(self, doc, action, desk=None):
		"""Press a workflow button."""
		return (desk or self.desk).post(
			"/api/method/frappe.model.workflow.apply_workflow",
			data={"doc": json.dumps(doc), "action": action},
		)

	def report(self, representative, **facts):
		"""Report an incident (3.1.1)."""
		facts = {
			"event_on": now(hours=2),
			"what_happened": f"Hot per telefon {secrets.token_hex(4)}",
			**facts,
		}
		return self.create("Incident", exposed_representative=representative, **facts)

	def __repr__(self):
		return self.name


def forget_who_asked(stack):
	"""Let new passwords be asked for as if nobody had today: calls are counted by address, and all the tests have the same."""
	with site(stack):
		for counted in ("*rl:*reset_password*", "*guests|*"):
			for key in frappe.cache.keys(counted):
				frappe.cache.delete(key)


def make_account(name, roles, party=None):
	"""Make an account on the connected site, as the demo has them, without what Frappe leaves to its workers: a contact of the
	same name, and a picture."""
	from hot_rutin import demo

	frappe.conf.throttle_user_limit = 1000  # Frappe makes 60 accounts in an hour
	with patch.object(frappe, "enqueue"):
		return demo.make_user(name, roles, party)


def new_person(stack, name, *roles):
	"""Somebody new with `roles`, whom no other test knows."""
	with site(stack):
		account = make_account(f"{name} {secrets.token_hex(3)}", list(roles))
		frappe.db.commit()
	return Person(stack, account)


class World:
	"""The people, by what they are in the tests' cases, and the parties."""

	def __init__(self, stack, mark):
		self.stack, self.mark = stack, mark
		self.people = {}
		self.representatives = {}
		self.labels = {}
		# (stage, exposed, officer) -> the rows of a case that was played so far
		self.played_before = {}

	def __getattr__(self, role):
		try:
			return self.__dict__["people"][role]
		except KeyError:
			raise AttributeError(role) from None

	def everybody_but(self, *roles):
		return {role: person for role, person in self.people.items() if role not in roles}

	def case(self, stage="reported", exposed="exposed", officer="officer", **facts):
		"""A new case of the exposed person, brought to `stage` (see `Case.STAGES`): played, or a copy of one that was (see
		copied_case.py)."""
		if facts:
			return self.play(stage, exposed, officer, **facts)
		key = (stage, exposed, officer)
		if key not in self.played_before:
			case = self.play(stage, exposed, officer)
			self.played_before[key] = rows_of(self.stack, case.name)
			return case
		return Case(self, insert_copy(self.stack, self.played_before[key]), exposed, officer, stage)

	def play(self, stage, exposed="exposed", officer="officer", **facts):
		"""A new case, brought to `stage` by what its people do one after the other."""
		answer = self.people[exposed].report(self.representatives[exposed], **facts)
		assert answer.status_code == 200, said(answer)
		return Case(self, answer.json()["data"]["name"], exposed, officer).reach(stage)

	def in_swedish(self, doctype, fieldname):
		"""The label of a field, as a person reads it in an error."""
		return self.labels[doctype][fieldname]


class Case:
	"""A case on its way through the routine. The exposed person reads all of it: what they read is what is stored."""

	STAGES = (
		"reported",
		"assessment",
		"assessed",
		"consultation",
		"police contacted",
		"decided",
		"requested",
		"approved",
		"filed",
	)

	def __init__(self, world, name, exposed="exposed", officer="officer", stage="reported"):
		self.world, self.name = world, name
		# Who is exposed in this case, and who has the officer's part in it.
		self.exposed, self.officer = exposed, officer
		self.reader = world.people[exposed]
		self.stage = stage
		# The documents, while nothing may change in them (see `unchanged`).
		self._kept = None

	def stored(self, doctype="Incident"):
		if self._kept:
			return deepcopy(next(doc for doc in self._kept if doc["doctype"] == doctype))
		incident = self.reader.read("Incident", self.name)
		if doctype == "Incident":
			return incident
		return self.reader.read(doctype, incident[REFERENCES[doctype]])

	def whole(self):
		"""All documents of the case: what must be the same after something was refused."""
		incident = self.stored()
		return [incident] + [
			self.reader.read(doctype, incident[field])
			for doctype, field in REFERENCES.items()
			if incident.get(field)
		]

	@property
	def state(self):
		return self.stored()["workflow_state"]

	def steps(self):
		"""The checklist: step code -> row."""
		return {row["step"]: row for row in self.stored()["steps"]}

	def attempt(self, who, doctype="Incident", **values):
		"""Let a person save the document with values set and rows (a list) added. Returns the answer."""
		doc = self.stored(doctype)
		for field, value in values.items():
			doc[field] = [*doc[field], *value] if isinstance(value, list) else value
		return self.world.people[who].save(doc)

	def attempt_rows(self, who, table, doctype="Incident", where=None, **values):
		"""Let a person save the document with values set in the rows of a table."""
		doc = self.stored(doctype)
		for row in doc[table]:
			if not where or where.items() <= row.items():
				row.update(values)
		return self.world.people[who].save(doc)

	def attempt_press(self, who, action, doctype="Incident"):
		return self.world.people[who].press(self.stored(doctype), action)

	def write(self, who, doctype="Incident", **values):
		return self._done(self.attempt(who, doctype, **values))

	def write_rows(self, who, table, doctype="Incident", where=None, **values):
		return self._done(self.attempt_rows(who, table, doctype, where, **values))

	def press(self, who, *actions, doctype="Incident"):
		for action in actions:
			self._done(self.attempt_press(who, action, doctype))
		return self

	def mark(self, who, step, status, reason=None):
		"""Let a person mark a step in the checklist. Returns the answer."""
		return self.attempt_rows(who, "steps", where={"step": step}, status=status, reason=reason)

	def _done(self, answer):
		assert answer.status_code == 200, said(answer)
		return self

	@contextmanager
	def unchanged(self):
		"""What is tried inside must leave every document of the case as it is."""
		self._kept = before = self.whole()
		try:
			yield
		finally:
			self._kept = None
		assert self.whole() == before

	def reach(self, stage):
		"""Play the routine up to `stage`."""
		while self.stage != stage:
			self.stage = self.STAGES[self.STAGES.index(self.stage) + 1]
			getattr(self, "_to_" + self.stage.replace(" ", "_"))()
		return self

	def _to_assessment(self):
		self.press(self.officer, "Start Assessment")

	def _to_assessed(self, strategist_needed="Yes"):
		self.write(self.officer, assessments=[assessment(strategist_needed=strategist_needed)])

	def _to_consultation(self):
		self.press(self.officer, "Contact Strategist")

	def _to_police_contacted(self):
		self.write("strategist", police_contacts=[police_contact()])

	def _to_decided(self):
		self.decide("Yes")

	def _to_requested(self):
		self.press("strategist", "Request Police Report")

	def _to_approved(self):
		self.press("director", "Approve", doctype="Police Report")

	def _to_filed(self):
		self.write("director", "Police Report", **filing())
		self.press("director", "Record Filing", doctype="Police Report")

	def decide(self, decision, who=None):
		"""3.1.3: the exposed person's decision."""
		return self.write(
			who or self.exposed,
			police_decisions=[{"decision": decision, "decided_on": now(), "told_to": "Strategen"}],
		)

	def support(self):
		"""3.2.1 and 3.2.2"""
		return self.write(
			self.officer,
			support_contacts=[support_contact("Initial Support"), support_contact("Support Person")],
			accompaniments=[company(kind) for kind in COMPANY],
		)

	def inform(self):
		"""3.2.3"""
		self.write(self.officer, information_notices=[notice("Employees"), notice("Mass Media")])
		self.write_rows(self.officer, "information_notices", approved_by_officer=1)
		self.write_rows("strategist", "information_notices", approved_by_strategist=1)
		return self.write_rows(self.officer, "information_notices", sent_on=now(), sent_how="Muntligt")

	def converse(self):
		"""3.2.4: the first conversation, held and documented."""
		self.write(self.officer, "Follow-up", conversations=[conversation()])
		return self.press(self.officer, "Record Conversation", doctype="Follow-up")

	def assess_needs(self, answer="Yes"):
		"""3.2.4: further conversations, and the exposed person's own answer."""
		self.write(self.officer, "Follow-up", further_conversations=[{"assessed_on": now(), "needed": "No"}])
		self.write(self.exposed, "Follow-up", support_needs=[{"answer": answer, "consulted_with": "Officer"}])
		return self.press(self.officer, "Record Needs", doctype="Follow-up")

	def order_support(self):
		"""3.2.4: ordered and called off."""
		self.write("strategist", "Follow-up", support_orders=[support_order()])
		return self.press("strategist", "Order Support", doctype="Follow-up")


COMPANY = ("To and While Awaiting Care", "To Home or Another Place", "At Home Awaiting the Support Person")


def assessment(**values):
	return {
		"assessed_on": now(minutes=50),
		"made_together": 1,
		"severity": "High",
		"strategist_needed": "Yes",
		**values,
	}


def police_contact(**values):
	return {"contacted_on": now(minutes=40), "channel": "Phone", "political_link_stated": 1, **values}


def filing(**values):
	return {
		"filed_on": now(minutes=35),
		"filed_how": "Phone",
		"political_link_stated": 1,
		"protected_access": "Requested",
		**values,
	}


def support_contact(kind, **values):
	return {"kind": kind, "full_name": "Noa Närstående", "from_time": now(minutes=90), **values}


def company(kind, **values):
	return {"kind": kind, "accompanied_by": "Kim Kamrat", "from_time": now(minutes=80), **values}


def notice(group, **values):
	return {"target_group": group, "notice_text": "Något har hänt. Den berörda har stöd.", **values}


def conversation(**values):
	return {
		"held_on": now(minutes=30),
		"with_whom": "Den utsatte",
		"notes": "Vi talade om vad som behövs.",
		**values,
	}


def support_order(**values):
	return {
		"ordered_on": now(minutes=20),
		"called_off_on": now(minutes=10),
		"provider": "Företagshälsovården",
		**values,
	}


@cache
def make_world(stack):
	"""Make the people on the site, once for a run, under names that no other run has."""
	from hot_rutin.access import policy as access
	from hot_rutin.access.policy import GUARDED_DOCTYPES

	mark = secrets.token_hex(3)
	party, other_party, lonely_party = (f"{name}partiet {mark}" for name in ("Prov", "Grann", "Ensam"))
	cast = {
		"exposed": ("Edda Utsatt", [access.EXPOSED], party),
		"lonely": ("Lova Ensam", [access.EXPOSED], lonely_party),
		"stranger": ("Sigge Annan", [access.EXPOSED], party),
		"proxy": ("Olga Ombud", [access.PROXY], None),
		"officer": ("Otto Vakt", [access.OFFICER], party),
		"deputy": ("Dora Vikarie", [access.OFFICER], party),
		"foreign_officer": ("Fritz Grannvakt", [access.OFFICER], other_party),
		"strategist": ("Signe Strateg", [access.STRATEGIST], None),
		"director": ("Dick Direktör", [access.DIRECTOR], None),
		"manager": ("Chris Chef", [access.MANAGER], None),
		"administrator": ("Rut Rutin", [access.ADMINISTRATOR], None),
		"auditor": ("Gun Granskare", [access.AUDITOR], None),
	}
	world = World(stack, mark)
	# No mail about the new people: it is tried elsewhere, and some dozens take as long as a test.
	with site(stack), patch.object(frappe, "sendmail"):
		for role, (name, roles, of_party) in cast.items():
			world.people[role] = Person(stack, make_account(f"{name} {mark}", roles, of_party))
		for name, officers in (
			(party, ("officer", "deputy")),
			(other_party, ("foreign_officer",)),
			(lonely_party, ()),
		):
			rows = [
				{"user": world.people[role].user, "from_date": "2020-01-01", "is_deputy": role == "deputy"}
				for role in officers
			]
			frappe.get_doc({"doctype": "Political Party", "party_name": name, "officers": rows}).insert()
		for role in ("exposed", "stranger", "lonely"):
			representative = frappe.get_doc(
				{
					"doctype": "Elected Representative",
					"full_name": world.people[role].name,
					"party": cast[role][2],
					"user": world.people[role].user,
					"phone": "0700-000000",
				}
			)
			if role == "exposed":
				representative.append("proxies", {"user": world.proxy.user, "from_date": "2020-01-01"})
			world.representatives[role] = representative.insert(ignore_permissions=True).name
		for doctype in GUARDED_DOCTYPES:
			fields = frappe.get_meta(doctype).fields
			world.labels[doctype] = {
				field.fieldname: frappe._(field.label, lang="sv") for field in fields if field.label
			}
		frappe.db.commit()
	return world
