"""Each parameter of each endpoint has a bound, and each bound refuses: tried without a request, on the schemas themselves."""

import io

import frappe
import pytest
from hot_rutin.door.endpoints import ENDPOINTS
from hot_rutin.door.schemas import Open, Schema, Written
from pydantic import ValidationError, create_model
from werkzeug.datastructures import FileStorage
from world import site

List = ENDPOINTS["frappe.client.get_list"].schema

OBJECT = {"name": ["like", "H-%"]}
# What no parameter may be; text that is too long for any.
NEVER = (OBJECT, [OBJECT], "x" * 3_000_000)
# What a parameter holds that must be there, by its name.
VALID = {
	"doctype": "User", "name": "Guest", "docname": "Guest", "value": "Guest", "reference_doctype": "Incident", "file_url": "/files/x.txt",
	"reference_name": "H-ZZZZ-ZZZZ", "report_name": "Access Log", "theme": "Dark", "start": "2026-01-01", "end": "2026-01-02",
	"fieldname": "name", "filters": "[]", "items": "[]", "page": "{}", "config": "{}", "routes": "[]", "users": "[]", "user_settings": "{}", "reset": 0, "doc": "Incident",
}  # fmt: skip
# What the schema takes from another parameter, whatever stands here.
MADE_UP = {("SetValue", "doc")}


def parameters():
	for name, endpoint in ENDPOINTS.items():
		for field, info in endpoint.schema.model_fields.items():
			if info.exclude or is_always(info) or (endpoint.schema.__name__, field) in MADE_UP:
				continue
			yield pytest.param(name, info.alias or field, id=f"{name} {field}")


def is_always(info):
	return bool(info.validate_default)


def example(name):
	schema = ENDPOINTS[name].schema
	found = {
		(info.alias or field): VALID.get(field, "x")
		for field, info in schema.model_fields.items()
		if info.is_required()
	}
	if schema.__name__ == "Deleted":
		found["doctype"] = "Comment"
	if name == "frappe.model.rename_doc.update_document_title":
		found["doctype"] = "Incident Place"
	if name.endswith("set_seen_value"):
		found["value"] = 1
	if name == "frappe.client.get_js":
		found["items"] = '["assets/x.js"]'
	if schema.ABOUT[:1] == ("doc.doctype",):
		found["doc"] = {"doctype": "Incident", "name": "H-ZZZZ-ZZZZ"}
	if schema.ABOUT == ("doc.document_type",):
		found["doc"] = {"function": "Count", "document_type": "User", "name": "x"}
	if name.endswith("get_next"):
		found["prev"] = 0
	if "file_format_type" in found:
		found["file_format_type"] = "CSV"
	if issubclass(schema, Written):
		found |= {"doctype": "User", "name": "Guest", "doc": {"doctype": "User", "name": "Guest"}}
		if schema.__name__ == "SetValue":
			found = {"doctype": "User", "name": "Guest", "fieldname": "bio", "value": "x"}
		elif schema.__name__ == "Made":
			found.pop("name")
	return found


@pytest.fixture(scope="module", autouse=True)
def connected(stack):
	with site(stack):
		# An upload has a file, and who comes back from another system has been given its state.
		file = FileStorage(io.BytesIO(b"x"), "x.txt")
		frappe.local.request = frappe._dict(files={"file": file}, cookies={"sign_in": "prov"})
		frappe.cache.set_value("sign_in:prov", {"x"}, expires_in_sec=600)
		yield
		frappe.local.request = None


@pytest.mark.parametrize("name", ENDPOINTS)
def test_what_is_asked_for_as_it_should_be_is_read_and_written_as_the_same(name):
	schema = ENDPOINTS[name].schema
	asked = schema.model_validate(example(name))
	assert isinstance(asked, Schema) and isinstance(asked.forwarded(), dict)


@pytest.mark.parametrize("name", ENDPOINTS)
def test_no_parameter_passes_that_is_not_in_the_schema(name):
	schema, more = ENDPOINTS[name].schema, {**example(name), "ignore_permissions": "1"}
	if issubclass(schema, Open):
		assert "ignore_permissions" not in schema.model_validate(more).forwarded()
	else:
		assert refuses(schema, more)


@pytest.mark.parametrize(("name", "field"), parameters())
def test_each_parameter_has_a_bound_and_the_bound_is_what_refuses(name, field):
	schema = ENDPOINTS[name].schema
	refused = [bad for bad in NEVER if refuses(schema, {**example(name), field: bad})]
	# An object may stand where one is asked for, and a list likewise; a text without end nowhere.
	assert NEVER[2] in refused, f"{name} {field} takes anything"
	assert OBJECT in refused or field in (
		"doc",
		"filters",
		"or_filters",
		"config",
		"user_settings",
		"page",
		"settings",
		"fieldname",
	)


def refuses(schema, asked):
	try:
		schema.model_validate(asked)
	except (ValidationError, frappe.ValidationError):
		return True
	return False


def test_a_page_s_own_parameters_are_its_browser_s_to_read():
	page = ENDPOINTS["page app"].schema
	asked = page.model_validate(
		{"address": "/app/incident?workflow_state=Reported", "workflow_state": "Reported"}
	)
	assert "workflow_state" not in asked.forwarded()
	assert refuses(page, {"redirect-to": "https://example.invalid"}) and refuses(
		page, {"address": "/app?x=%253Cb%253E"}
	)


def test_numbers_of_rows_are_whole_and_from_0_to_500():
	for field in ("start", "limit_start", "page_length", "limit_page_length", "limit"):
		for bad in (-1, "-1", "1.5", "1;", "1 union", 10**9):
			assert refuses(List, {"doctype": "User", field: bad}), (field, bad)
	for rows in (501, "501"):
		assert refuses(List, {"doctype": "User", "page_length": rows})
	assert List.model_validate({"doctype": "User", "page_length": "0"}).page_length == 500


@pytest.mark.parametrize(
	"asked",
	[
		{"doctype": "Ｕser"},
		{"doctype": "user"},
		{"doctype": "Has Role"},
		{"fields": ["name as where"]},
		{"fields": ["max(name)"]},
		{"fields": ["ifnull(name,1)"]},
		{"fields": ["name, name"]},
		{"fields": ["role_profile_name.name"]},
		{"fields": ["`tabIncident`.`name`"]},
		{"fields": ["no_such_field"]},
		{"fields": ["reset_password_key"]},
		{"fields": ["new_password"]},
		{"fields": ["count(name) as email"]},
		{"order_by": "name desc, (select 1)"},
		{"order_by": "rand()"},
		{"group_by": "name having 1"},
		{"filters": ["1=1"]},
		{"filters": [["name", "=", "x", "y", "z", "w"]]},
		{"filters": [["User", "name", "regexp", "x"]]},
		{"filters": [["User", "name", "= 1 or name =", "x"]]},
		{"filters": [["User", "ifnull(name,1)", "=", "x"]]},
		{"filters": [["Incident", "name", "=", "x"]]},
		{"filters": {"name": {"like": "x"}}},
		{"filters": {"name": "%(start)s"}},
		{"filters": {"name": ["in", ["x", "%(start).1s"]]}},
		{"filters": {"enabled": "x"}},
		{"filters": {"enabled": [">", "1 or 1"]}},
		{"filters": {"creation": ["between", ["2026-01-01"]]}},
		{"filters": {"creation": [">", "now()"]}},
		{"filters": {"name": ["is", "null"]}},
		{"filters": {"creation": ["timespan", "last 5 centuries"]}},
		{"or_filters": [["reset_password_key", "like", "a%"]]},
	],
	ids=str,
)
def test_no_list_is_asked_for_more_than_fields_conditions_and_an_order(asked):
	with pytest.raises(ValidationError):
		List.model_validate({"doctype": "User", **asked})


def test_a_condition_that_the_desk_sends_is_forwarded_as_it_was_meant():
	asked = List.model_validate(
		{
			"doctype": "Incident",
			"fields": '["`tabIncident`.`name`", "workflow_state"]',
			"filters": '[["Incident", "what_happened", "like", "%(112)%"], ["workflow_state", "in", "Reported,Closed"]]',
			"order_by": "`tabIncident`.`modified` desc",
		}
	)
	assert asked.fields == ["`tabIncident`.`name`", "workflow_state"]
	assert asked.filters == [
		["Incident", "what_happened", "like", "%(112)%"],
		["Incident", "workflow_state", "in", ["Reported", "Closed"]],
	]
	assert asked.order_by == "`tabIncident`.`modified` desc"


# What a document may not hold: (what is sent, what makes it right).
WRONG = (
	({"first_name": OBJECT}, {"first_name": "x"}),
	({"first_name": ["x"]}, {"first_name": "x"}),
	({"name": OBJECT}, {"name": "x"}),
	({"name": 1.0}, {"name": "1"}),
	({"enabled": "yes"}, {"enabled": "1"}),
	({"enabled": 2**60}, {"enabled": 1}),
	({"birth_date": "0000-00-00"}, {"birth_date": "1970-01-01"}),
	({"last_active": "2026-01-01T00:00:00Z"}, {"last_active": "2026-01-01 00:00:00"}),
	({"roles": "x"}, {"roles": []}),
	({"roles": [["x"]]}, {"roles": [{"role": "x"}]}),
	({"roles": [{"role": OBJECT}]}, {"roles": [{"role": "x"}]}),
	({"roles": [{"role": "x", "no_such": 1}]}, {"roles": [{"role": "x"}]}),
	({"roles": [{"role": "x"}] * 501}, {"roles": [{"role": "x"}] * 9}),
	({"docstatus": 1}, {"docstatus": 0}),
	({"parent": "x"}, {"parent": None}),
	({"parenttype": "Workflow"}, {"parenttype": ""}),
	({"doctype": "Role"}, {"doctype": "User"}),
	({"__newname": "x"}, {"__unsaved": 1}),
	({"flags": {"ignore_permissions": 1}}, {"owner": "x"}),
	({"bio": "x" * 20_001}, {"bio": "x" * 20_000}),
)


@pytest.mark.parametrize(("wrong", "right"), WRONG, ids=str)
def test_a_document_holds_what_its_fields_hold(wrong, right):
	written = {"doctype": "User", "name": "Guest"}
	assert refuses(Written, {"doctype": "User", "name": "Guest", "doc": {**written, **wrong}})
	Written.model_validate({"doctype": "User", "name": "Guest", "doc": {**written, **right}})


def test_who_made_a_document_and_when_is_not_forwarded():
	sent = {
		"owner": "x",
		"creation": "2020-01-01",
		"modified_by": "x",
		"idx": 9,
		"_comments": "[]",
		"__onload": {"x": 1},
	}
	asked = Written.model_validate({"doctype": "User", "name": "Guest", "doc": sent})
	assert set(asked.doc) == {"doctype", "name"}


def test_a_bound_that_is_left_out_lets_through():
	"""A schema without one of its bounds is no schema: the tests above would find it."""
	loose = create_model(
		"Loose", __base__=ENDPOINTS["frappe.desk.form.load.getdoc"].schema, name=(object, ...)
	)
	assert not refuses(loose, {"doctype": "User", "name": OBJECT})
