"""What the attack tests share: cases of two parties in every state with a unique word planted in all that they hold, the
people who ask for it, and who of them may see which document."""

import json
import re
import secrets
from dataclasses import dataclass, field
from functools import cache
from unittest.mock import patch

import frappe
from hot_rutin.door.endpoints import ENDPOINTS
from world import Desk, Person, make_account, make_world, site

from provision import settings
from provision.site import administrator_password_file

TEXTS = ("Data", "Small Text", "Text", "Long Text", "Text Editor")
STATES = (
	"Reported",
	"Assessment",
	"Police Consultation",
	"Awaiting Police Report",
	"Support and Information",
	"Follow-up",
	"Closed",
)
CONTACTED = STATES[2:]
REQUESTED = STATES[3:]
CASE_DOCTYPES = ("Incident", "Police Report", "Follow-up", "Masked Copy")
NO_SUCH = {
	"Incident": "H-ZZZZ-ZZZZ",
	"Police Report": "P-ZZZZ-ZZZZ",
	"Follow-up": "U-ZZZZ-ZZZZ",
	"Masked Copy": "M-ZZZZ-ZZZZ-1",
}
WORD = r"kanarie[0-9a-f]{9,12}"


def new_word():
	return f"kanarie{secrets.token_hex(6)}"


@dataclass
class Planted:
	"""A case with a word in everything that each of its documents holds: who may read one is seen to read another."""

	party: str
	state: str
	words: dict = field(default_factory=lambda: {doctype: new_word() for doctype in CASE_DOCTYPES})
	documents: dict = field(default_factory=dict)  # DocType -> name
	files: dict = field(default_factory=dict)  # DocType -> (address, name) of the file attached to it
	rows: dict = field(default_factory=dict)  # DocType of what is attached to the incident -> name

	@property
	def canary(self):
		"""The word in the incident, and in all that is attached to it."""
		return self.words["Incident"]

	@property
	def file_url(self):
		"""The address of the incident's file."""
		return self.files["Incident"][0]

	def __str__(self):
		return f"{self.party} {self.state}"


def made_up_like(case):
	"""A case that does not exist, to ask of it what is asked of `case`. Rows' names are too long to guess, and stay."""
	files = {
		doctype: (url.replace(case.words[doctype], new_word()), name)
		for doctype, (url, name) in case.files.items()
	}
	return Planted("no party", "no state", documents=NO_SUCH, files=files, rows=case.rows)


class Attack:
	"""Readers by what they are to party A, and the cases of both parties."""

	def __init__(self, stack):
		self.stack, self.world = stack, make_world(stack)
		self.people = {role: self.world.people[role] for role in self.world.people if role != "lonely"}
		self.cases = []
		# No mail: who is told what is tried elsewhere, and each costs as much as a case.
		with site(stack), patch.object(frappe, "sendmail"):
			self._add_people()
			frappe.db.commit()
			for party in "AB":
				for state in STATES:
					self.cases.append(self._plant(party, state))
					frappe.db.commit()

	# --- who may see what, written out by hand from the table in docs/security-model.md

	def may_see(self, reader, case, doctype):
		"""Whether the reader is in the document's circle."""
		circle = {
			"A": {"exposed", "officer", "deputy"},
			"B": {"exposed_b", "foreign_officer"},
		}[case.party]
		if reader in circle:
			return True
		if reader == "strategist":
			return case.state in CONTACTED
		if reader == "director":
			return doctype == "Police Report"
		if reader == "proxy":
			return (case.party, case.state, doctype) == ("A", "Reported", "Incident")
		return False

	def documents(self):
		"""Every (case, DocType, name)."""
		return [(case, doctype, name) for case in self.cases for doctype, name in case.documents.items()]

	def one_of_each(self):
		"""A (case, DocType) of each DocType."""
		return [
			({doctype: case for case, doctype, _name in self.documents()}[kind], kind)
			for kind in CASE_DOCTYPES
		]

	def desk(self, reader):
		"""A signed-in session of the reader: their own for each thread."""
		if reader == "guest":
			return Desk(self.stack)
		return self.people[reader].another_desk()

	# --- the planting

	def _add_people(self):
		from hot_rutin.access import policy as access

		mark = self.world.mark
		for role, (name, roles) in {
			"exposed_b": ("Bodil Utsatt", [access.EXPOSED]),
			"former_officer": ("Folke Fordom", [access.OFFICER]),
			"system_manager": ("Sam System", ["System Manager"]),
			"plain": ("Pia Plain", ["Desk User"]),
		}.items():
			if role == "plain" and not frappe.db.exists("Role", "Desk User"):
				roles = []
			self.people[role] = Person(self.stack, make_account(f"{name} {mark}", roles))
		party = frappe.get_doc("Political Party", f"Provpartiet {mark}")
		party.append(
			"officers",
			{"user": self.people["former_officer"].user, "from_date": "2020-01-01", "to_date": "2024-12-31"},
		)
		party.save()
		self.representatives = {"A": self.world.representatives["exposed"]}
		self.representatives["B"] = (
			frappe.get_doc(
				{
					"doctype": "Elected Representative",
					"full_name": self.people["exposed_b"].name,
					"party": f"Grannpartiet {mark}",
					"user": self.people["exposed_b"].user,
				}
			)
			.insert()
			.name
		)
		password = administrator_password_file(settings.bench(test=True)).read_text()
		self.people["site_administrator"] = Person(
			self.stack, {"name": "Administrator", "user": "Administrator", "password": password, "roles": []}
		)

	def _plant(self, party, state):
		case = Planted(party, state)
		reporter = self.people[
			"proxy" if (party, state) == ("A", "Reported") else "exposed" if party == "A" else "exposed_b"
		]
		frappe.set_user(reporter.user)
		incident = frappe.get_doc(
			{
				"doctype": "Incident",
				"exposed_representative": self.representatives[party],
				"event_on": frappe.utils.now_datetime(),
				"what_happened": case.canary,
			}
		).insert()
		frappe.set_user("Administrator")
		case.documents = {"Incident": incident.name, "Follow-up": incident.follow_up}
		if state in REQUESTED:
			report = frappe.get_doc(
				{"doctype": "Police Report", "incident": incident.name, "workflow_state": "Requested"}
			)
			word = case.words["Police Report"]
			report.update({"person_name": word, "event_on": incident.event_on, "what_happened": word})
			report.flags.echo = True
			case.documents["Police Report"] = report.insert(ignore_permissions=True).name
		copy = {
			"doctype": "Masked Copy",
			"incident": incident.name,
			"grounds": case.words["Masked Copy"],
		}
		case.documents["Masked Copy"] = frappe.get_doc(copy).insert(ignore_permissions=True).name
		# The states are set, not played: what is attacked here is reading, and there are fourteen cases.
		values = {"workflow_state": state}
		if state in CONTACTED:
			values["strategist_contacted_on"] = frappe.utils.now_datetime()
		frappe.db.set_value("Incident", incident.name, values, update_modified=False)
		for doctype, name in case.documents.items():
			self._plant_texts(case, doctype, name)
			self._plant_file(case, doctype, name)
		case.rows["File"] = case.files["Incident"][1]
		self._plant_traces(case, incident)
		return case

	def _plant_texts(self, case, doctype, name):
		"""The word in every text field of the document and of a row in each of its tables."""
		word, meta = case.words[doctype], frappe.get_meta(doctype)
		values = dict.fromkeys(text_fields(meta), word)
		if values:
			frappe.db.set_value(doctype, name, values, update_modified=False)
		for table in meta.get_table_fields():
			row = frappe.new_doc(
				table.options, parent_doc=frappe.get_doc(doctype, name), parentfield=table.fieldname
			)
			row.update(dict.fromkeys(text_fields(row.meta), word))
			row.update({"idx": 99, "parent": name, "parenttype": doctype})
			row.db_insert()

	def _plant_file(self, case, doctype, name):
		"""The word in a file's name and body."""
		word = case.words[doctype]
		file = frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"{word}.txt",
				"content": f"innehåll {word}",
				"is_private": 1,
				"attached_to_doctype": doctype,
				"attached_to_name": name,
			}
		).insert(ignore_permissions=True)
		# The one who attached it has left the party since.
		file.db_set("owner", self.people["former_officer"].user)
		case.files[doctype] = file.file_url, file.name

	def _plant_traces(self, case, incident):
		"""The word in all that the framework keeps beside a document."""
		doctype, name, word = "Incident", incident.name, case.canary
		former, plain = self.people["former_officer"].user, self.people["plain"].user
		case.rows["Comment"] = incident.add_comment("Comment", word).name
		for values in (
			{"doctype": "Version", "ref_doctype": doctype, "docname": name, "data": json.dumps({"changed": [["what_happened", word, word]]})},
			{"doctype": "ToDo", "reference_type": doctype, "reference_name": name, "description": word, "allocated_to": former},
			{"doctype": "Notification Log", "document_type": doctype, "document_name": name, "subject": word, "for_user": former, "type": "Mention"},
			{"doctype": "DocShare", "share_doctype": doctype, "share_name": name, "user": plain, "read": 1, "write": 1},
			{"doctype": "Communication", "reference_doctype": doctype, "reference_name": name, "subject": word, "content": word, "communication_type": "Communication"},
			{"doctype": "Tag Link", "document_type": doctype, "document_name": name, "tag": self._tag(word), "title": word},
			{"doctype": "Activity Log", "reference_doctype": doctype, "reference_name": name, "subject": word},
			{"doctype": "View Log", "reference_doctype": doctype, "reference_name": name, "viewed_by": former},
			{"doctype": "Document Follow", "ref_doctype": doctype, "ref_docname": name, "user": former},
			{"doctype": "Access Log", "export_from": doctype, "reference_document": name, "page": word},
			{"doctype": "Deleted Document", "deleted_doctype": doctype, "deleted_name": name, "data": json.dumps({"x": word})},
		):  # fmt: skip
			doc = frappe.get_doc(values)
			doc.insert(ignore_permissions=True) if doc.doctype == "Deleted Document" else doc.db_insert()
			case.rows[doc.doctype] = doc.name
		frappe.db.set_value(
			doctype, name, {"_user_tags": f",{word}", "_assign": json.dumps([former])}, update_modified=False
		)
		# An error while the case was handled, and a deleted comment.
		frappe.log_error(
			title="Prov", message=f'Traceback (most recent call last):\n  File "x.py"\nValueError: {word}'
		)
		frappe.delete_doc(
			"Comment", incident.add_comment("Comment", word).name, ignore_permissions=True, force=True
		)

	def _tag(self, word):
		"""A tag of another name: tags themselves are everybody's, what they are on is not."""
		tag = f"märke {self.world.mark}"
		if not frappe.db.exists("Tag", tag):
			frappe.get_doc({"doctype": "Tag", "name": tag}).insert(ignore_permissions=True)
		return tag


def text_fields(meta):
	"""The fields that the word is planted in: all that hold text, but for those that the routine writes itself."""
	return [
		f.fieldname
		for f in meta.fields
		if f.fieldtype in TEXTS and f.fieldname not in ("incident", "next_action")
	]


@cache
def attack_on(stack):
	"""The planted cases, once for a run."""
	return Attack(stack)


# --- asking


@dataclass(frozen=True)
class Ask:
	"""One HTTP request, with `{doctype}`, `{name}`, `{word}` and the like filled in already."""

	channel: str
	verb: str
	path: str
	params: tuple = ()
	body: str | None = None
	content_type: str | None = None

	def send(self, desk):
		headers = {"Content-Type": self.content_type} if self.content_type else {}
		data = self.body.encode() if self.body is not None else None
		if self.verb == "POST" and data is None:
			return desk.post(self.path, data=dict(self.params), headers=headers, allow_redirects=False)
		return desk.request(
			self.verb, self.path, params=dict(self.params), data=data, headers=headers, allow_redirects=False
		)


def ask(channel, path, /, verb="GET", body=None, content_type=None, **params):
	"""Make an Ask; lists and dicts in params become JSON, as forms send them."""
	plain = tuple(
		(key, json.dumps(value) if isinstance(value, list | dict) else value)
		for key, value in params.items()
		if value is not None
	)
	if isinstance(body, list | dict):
		body, content_type = json.dumps(body), content_type or "application/json"
	return Ask(channel, verb, path, plain, body, content_type)


def method(called, /, **params):
	"""A call of a whitelisted method."""
	return ask(called, f"/api/method/{called}", "POST", **params)


def is_refused_by_name(request):
	"""Whether the door refuses the method that is called, whoever calls it and about whatever: the routine does not use it."""
	return (
		request.path.startswith("/api/method/") and request.path.removeprefix("/api/method/") not in ENDPOINTS
	)


def disguised(name):
	"""The name, spelled in other ways that MariaDB takes for equal: with a wide letter, a mark, and a wide letter and a space."""
	wide = {code: code + 0xFEE0 for code in range(33, 127) if chr(code).isalnum()}
	return name[:1].translate(wide) + name[1:], name[0] + "\u0301" + name[1:], name.translate(wide) + " "


def masked(answer, *names):
	"""Status and body, without what differs from one request to the next: the names and words asked for, times and ids."""
	text = answer.text
	for name in names:
		text = re.sub(re.escape(name), "NAME", text, flags=re.IGNORECASE)
	text = re.sub(WORD, "WORD", text)
	text = re.sub(r"\b[0-9a-f]{10,}\b|\d+", "#", text)
	return answer.status_code, answer.headers.get("Content-Type"), text


def case_party(attack):
	return f"Provpartiet {attack.world.mark}"
