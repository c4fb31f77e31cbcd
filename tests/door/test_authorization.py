"""Each endpoint is for whom its row of the table says, and about documents that are theirs. Asked over the whole application; only
the framework's own answer is put aside, so that its checks cannot stand in for the door's."""

import json
from contextlib import ExitStack
from unittest.mock import patch

import pytest
from hot_rutin.door.endpoints import ENDPOINTS
from hot_rutin.door.schemas import Link, Made, SetValue, Written
from test_bounds import example
from test_generated_requests import VERBS, forms
from werkzeug.wrappers import Response
from world import Desk

# Where the framework begins to answer.
ANSWERS = (
	"frappe.handler.handle",
	"frappe.api.handle",
	"frappe.utils.response.download_private_file",
	"frappe.app.get_response",
)
REACHED = "the framework would answer this"
# Whom they sign in, or out, is the framework's to say before anybody is asked.
SIGNING = {"login", "logout", "web_logout", "frappe.handler.logout", "frappe.handler.web_logout"}
# An upload's file, and what another system sends with a state: tried by test_evidence and test_sign_in.
WITH_MORE = {
	name
	for name, endpoint in ENDPOINTS.items()
	if {"state"} & endpoint.schema.model_fields.keys() or name == "upload_file"
}
# About documents that are no case's: a notice or a comment of one's own, an attached file, a choice, what may be deleted.
OF_OTHER_KINDS = {
	"frappe.desk.doctype.notification_log.notification_log.mark_as_read",
	"frappe.desk.form.utils.remove_attach",
	"frappe.desk.form.utils.update_comment",
	"frappe.model.rename_doc.update_document_title",
}
ASKED = sorted(ENDPOINTS.keys() - SIGNING - WITH_MORE)


def reaches(desk, endpoint, /, verb=None, **values):
	"""Whether the door lets the request through to the framework."""
	verb = verb or ENDPOINTS[endpoint].verbs[0]
	path, how = forms(endpoint, {**example(endpoint), **values}, verb, "plain")
	with ExitStack() as patched:
		for answer in ANSWERS:
			patched.enter_context(patch(answer, lambda *_args, **_kwargs: Response(REACHED)))
		patched.enter_context(patch("hot_rutin.door.enforcement.limit_guests"))
		return desk.request(verb, path, allow_redirects=False, **how).text == REACHED


@pytest.mark.parametrize("name", ASKED)
def test_a_guest_reaches_what_is_for_guests_and_nothing_else(world, name):
	assert reaches(Desk(world.stack), name) == bool(ENDPOINTS[name].guests)


# By another verb a resource is another endpoint.
@pytest.mark.parametrize("name", [name for name in ASKED if not name.startswith("resource")])
def test_another_verb_reaches_nothing(world, name):
	for verb in set(VERBS) - {"OPTIONS", "HEAD", *ENDPOINTS[name].verbs}:
		assert not reaches(world.administrator.desk, name, verb), verb


ABOUT = [
	name
	for name in ASKED
	if (ENDPOINTS[name].schema.ABOUT[1:] or issubclass(ENDPOINTS[name].schema, Written))
	# What is new is nobody's yet; of a link, what takes the framework's place asks.
	and not issubclass(ENDPOINTS[name].schema, Made | Link)
]


def about(name, case):
	"""The parameters that make the request one about the case."""
	schema, this = ENDPOINTS[name].schema, {"doctype": "Incident", "name": case.name}
	if issubclass(schema, SetValue):
		return {**this, "fieldname": "next_action", "value": "x"}
	if issubclass(schema, Written):
		return {**this, "doc": None if name.startswith("resource") else json.dumps(this)}
	if schema.ABOUT[0].startswith("doc."):
		return {"doc": json.dumps(this)}
	return {
		schema.ABOUT[0]: "Incident",
		**{key: json.dumps([case.name]) if key == "items" else case.name for key in schema.ABOUT[1:]},
	}


@pytest.mark.parametrize("name", ABOUT)
def test_a_document_is_its_reader_s_and_without_that_check_it_would_be_anybody_s(world, name):
	case = world.case("decided")
	asked, schema = about(name, case), ENDPOINTS[name].schema
	assert not reaches(world.foreign_officer.desk, name, **asked)
	assert reaches(world.officer.desk, name, **asked) != (name in OF_OTHER_KINDS)
	if name not in OF_OTHER_KINDS:
		with patch.object(schema, "documents", lambda _asked: set()):
			assert reaches(world.foreign_officer.desk, name, **asked), "it was not the door that refused"
