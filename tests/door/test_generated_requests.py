"""Generated requests: each endpoint reads what it is sent as its schema says, or refuses it; whatever else is sent beside it, in
whatever form. `make drill` tries many more."""

import json
import re
import time
from unittest.mock import patch

import frappe
import pytest
from answers import tells_of_the_inside
from frappe.database.mariadb.database import MariaDBDatabase
from hot_rutin.door.endpoints import ENDPOINTS
from hot_rutin.door.parsing import as_form
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from world import Desk, site

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# What a request leaves behind though it is refused: who has come, what was read before the refusal, and what went wrong.
LEFT_BEHIND = {"tabSessions", "tabIncident Access Log", "tabError Log", "tabActivity Log"}
WRITES = re.compile(
	r"\s*(?:insert\s+(?:ignore\s+)?into|replace\s+into|update|delete\s+from)\s+`?((?:tab|__)[\w -]+)", re.I
)
TOLD = re.compile(r"Hot per telefon [0-9a-f]{8}")

AWKWARD = st.sampled_from(
	["", " ", "null", "undefined", "true", "0", "-1", "1e400", "{", "[", "[[", "{}", "[]", '"', "\x00", "\\", "../../etc/passwd", "%(start).1s",
	"%s", "1 or 1=1", "name as where", "`tabUser`.`name`", "count(*)", "User", "Incident", "no such name", "2026-99-99", "å̈", "\u202e", "<b>"]
)  # fmt: skip
TEXT = AWKWARD | st.text(max_size=40)
PLAIN = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | TEXT
ANYTHING = st.recursive(
	PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6
)


class Asker:
	"""Somebody with cases of their own, among others', and what the system has stored meanwhile."""

	def __init__(self, world):
		self.world, self.desk, self.guest = world, world.officer.another_desk(), Desk(world.stack)
		own, others = world.case("decided"), world.case("decided", exposed="lonely", officer="strategist")
		self.names = [
			own.name,
			others.name,
			f"U{own.name[1:]}",
			world.officer.user,
			world.people["exposed"].user,
			"Guest",
		]
		self.pending, self.committed = [], []

	def likely(self, parameter):
		"""What somebody who knows the system would send as this parameter."""
		name = st.sampled_from(self.names)
		doctype = st.sampled_from(
			[
				"Incident",
				"Police Report",
				"Follow-up",
				"User",
				"File",
				"Comment",
				"Step Reminder",
				"Routine Step",
			]
		)
		field = st.sampled_from(
			["name", "what_happened", "party", "event_on", "creation", "owner", "workflow_state", "idx"]
		)
		operator = st.sampled_from(["=", "like", "in", "between", "is", "timespan", ">", "descendants of"])
		conditions = st.lists(
			st.tuples(field, operator, PLAIN | st.lists(PLAIN, max_size=3)).map(list), max_size=2
		)
		document = st.dictionaries(
			field | st.sampled_from(["doctype", "docstatus", "__islocal", "notes"]), ANYTHING, max_size=4
		)
		document = st.builds(
			lambda doc, kind, name: {**doc, "doctype": kind, "name": name}, document, doctype, name
		)
		return {
			"doctype": doctype, "dt": doctype, "reference_doctype": doctype, "filters": conditions, "or_filters": conditions,
			"fields": st.lists(field, max_size=3), "fieldname": field, "order_by": field, "group_by": field, "doc": document,
			"docname": name, "name": name, "reference_name": name, "value": name, "items": st.lists(name, max_size=2),
		}.get(parameter, st.sampled_from(["0", "1", "x"]))  # fmt: skip

	def parameters(self, endpoint):
		fields = endpoint.schema.model_fields
		known = {info.alias or field: self.likely(field) | ANYTHING for field, info in fields.items()}
		return st.fixed_dictionaries({}, optional=known) | st.builds(
			lambda asked, more: {**more, **asked},
			st.fixed_dictionaries(known),
			st.dictionaries(TEXT, ANYTHING, max_size=2),
		)

	def sql(self, original):
		def recorded(database, query, *args, **kwargs):
			found = WRITES.match(str(query))
			if found:
				self.pending.append(found[1].strip())
			return original(database, query, *args, **kwargs)

		return recorded

	def ending(self, original, keeps):
		def ended(database, *args, **kwargs):
			self.committed += self.pending if keeps else []
			self.pending.clear()
			return original(database, *args, **kwargs)

		return ended


@pytest.fixture(scope="module")
def asker(world):
	asked = Asker(world)
	with (
		patch.object(MariaDBDatabase, "sql", asked.sql(MariaDBDatabase.sql)),
		patch.object(MariaDBDatabase, "commit", asked.ending(MariaDBDatabase.commit, True)),
		patch.object(MariaDBDatabase, "rollback", asked.ending(MariaDBDatabase.rollback, False)),
		patch("hot_rutin.door.enforcement.limit_guests"),
	):
		yield asked


def forms(name, parameters, verb, form):
	"""The request as `requests` is told it: address, and where the parameters are."""
	plain = {
		key: json.dumps(value) if isinstance(value, list | dict) else value
		for key, value in parameters.items()
	}
	if name.startswith("page "):
		path = f"/{name.removeprefix('page ')}"
	elif name.startswith("resource"):
		parts = [plain.pop(key, "x") for key in (("doctype",) if "list" in name else ("doctype", "name"))]
		path = f"/api/{'v2/document' if form == 'v2' else 'resource'}/{'/'.join(map(str, parts))}"
	elif form == "cmd":
		path, plain = "/", {**plain, "cmd": name}
	else:
		path = f"/api/{form + '/' if form in ('v1', 'v2') else ''}method/{name}"
	pairs = [(key, value) for key, value in plain.items() if value is not None]
	if form == "json":
		body = json.dumps(parameters)
		return path, {
			"data": body.encode("utf-8", "surrogatepass"),
			"headers": {"Content-Type": "application/json"},
		}
	if form == "data":
		return path, {"data": {"data": json.dumps(parameters)}}
	if form == "twice":
		return path, {"params": pairs, "data": [*pairs, *pairs]}
	return path, {"params" if verb in ("GET", "HEAD", "DELETE", "OPTIONS") else "data": pairs}


def timed(desk, verb, path, how):
	"""The answer, and how long the processor worked for it in this process, in seconds."""
	began = time.process_time()
	answer = desk.request(verb, path, allow_redirects=False, **how)
	return answer, time.process_time() - began


def check(asker, name, data):
	endpoint = ENDPOINTS[name]
	# Whoever signs out, or in, has no session to go on with.
	desk = asker.guest if endpoint.guests else asker.desk
	verb = data.draw(st.sampled_from([*endpoint.verbs, *VERBS]), "verb")
	form = data.draw(st.sampled_from(["plain", "json", "data", "twice", "cmd", "v1", "v2"]), "form")
	path, how = forms(name, data.draw(asker.parameters(endpoint), "parameters"), verb, form)
	asker.pending.clear()
	asker.committed.clear()
	answer, took = timed(desk, verb, path, how)
	if took > 1:  # what is asked for the first time fills caches
		answer, took = timed(desk, verb, path, how)
	assert answer.status_code < 500, answer.text[:300]
	assert not tells_of_the_inside(answer), answer.text[:300]
	assert took < 1, f"{took:.2f} s of the processor"
	if answer.status_code >= 400:
		assert set(asker.committed) <= LEFT_BEHIND, f"{answer.status_code}, and yet: {asker.committed}"
	for words in set(TOLD.findall(answer.text)):
		with site(asker.world.stack):
			case = frappe.db.get_value("Incident", {"what_happened": words})
			assert frappe.db.exists(
				"Incident Access Log", {"case_name": case, "user": asker.world.officer.user}
			), f"{case} was read, and the log does not say so"


def tried(examples):
	return settings(
		max_examples=examples,
		deadline=None,  # how long a request may take is asserted
		database=None,
		derandomize=True,
		suppress_health_check=list(HealthCheck),
		# A failing request is shown as it is, and not searched for a shorter one for a minute.
		phases=[Phase.explicit, Phase.generate],
	)


@pytest.mark.parametrize("name", ENDPOINTS)
@tried(6)
@given(data=st.data())
def test_a_request_is_read_as_the_schema_says_or_refused(asker, name, data):
	check(asker, name, data)


@pytest.mark.drill
@pytest.mark.parametrize("name", ENDPOINTS)
@tried(60)
@given(data=st.data())
def test_many_requests_are_read_as_the_schema_says_or_refused(asker, name, data):
	check(asker, name, data)


# A file comes with the request, and a state with the browser's cookie.
WITH_MORE = {name for name, endpoint in ENDPOINTS.items() if "state" in endpoint.schema.model_fields} | {
	"upload_file"
}


@pytest.mark.parametrize("name", sorted(ENDPOINTS.keys() - WITH_MORE))
@tried(6)
@given(data=st.data())
def test_what_was_read_is_read_again_as_the_same(asker, name, data):
	schema = ENDPOINTS[name].schema
	with site(asker.world.stack):
		frappe.set_user(asker.world.officer.user)
		try:
			read = schema.model_validate(data.draw(asker.parameters(ENDPOINTS[name])))
		except (ValidationError, frappe.ValidationError, frappe.PermissionError):
			return
		asked = {key: as_form(value) for key, value in read.forwarded().items() if value is not None}
		assert schema.model_validate(asked).forwarded() == read.forwarded()
