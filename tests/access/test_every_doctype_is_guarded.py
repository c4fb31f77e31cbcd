"""What every DocType and every whitelisted function of the app must have: checked in the files, so that a new one cannot be
forgotten."""

import ast
import importlib
import inspect
import json
import typing
from pathlib import Path

import frappe
import pytest
from hot_rutin import hooks
from hot_rutin.access import policy as access

APP = Path(access.__file__).parent.parent
TESTS = Path(__file__).parents[1]
DOCTYPES = {
	doctype["name"]: doctype
	for doctype in map(
		json.loads, (file.read_text() for file in sorted(APP.glob("routine/doctype/*/*.json")))
	)
}
# Content of cases, or whose case it is.
OF_CASES = {*access.READERS, *access.PARENTS, *access.REGISTERS, *access.LOGS} - {"Party Officer"}
# What no DocType of ours is opened up by: a copy outside the system is beyond every rule in it.
WAYS_OUT = ("export", "share", "email", "import", "delete", "cancel", "amend", "submit")
# The routine itself, not anybody's case. Whoever may sign in to the desk may know it.
NO_SECRETS = {
	"Routine Step",
	"Hot Rutin Settings",
	"Incident Category",
	"Incident Channel",
	"Incident Place",
	"Incident Perpetrator",
	"Incident Consequence",
	"Representative Gender",
	"Age Group",
}


@pytest.mark.parametrize("name", DOCTYPES)
def test_a_doctype_has_conditions_and_a_check_or_holds_no_secrets(name):
	assert (name in NO_SECRETS) != (name in access.GUARDED_DOCTYPES)
	if name not in NO_SECRETS:
		for hook in (hooks.permission_query_conditions, hooks.has_permission):
			module, function = hook[name].rsplit(".", 1)
			assert callable(getattr(importlib.import_module(module), function))


@pytest.mark.parametrize("name", sorted(access.SHADOWS))
def test_what_tells_of_a_case_is_guarded_as_the_case(name):
	assert name in hooks.permission_query_conditions and name in hooks.has_permission


def test_every_row_doctype_names_all_the_documents_that_hold_it():
	holders = {}
	for name, doctype in DOCTYPES.items():
		for field in doctype["fields"]:
			if field["fieldtype"] in ("Table", "Table MultiSelect"):
				holders.setdefault(field["options"], set()).add(name)
	assert {row: set(parents) for row, parents in access.PARENTS.items()} == holders


# But for the export of a list that one reads, which is logged, and one's own mistaken disqualification.
GIVEN = {
	*(
		(name, role, "export")
		for name in ("Incident", "Police Report", "Follow-up")
		for role in access.READERS[name]
	),
	("Incident Access Log", access.AUDITOR, "export"),
	("Disqualification", access.EXPOSED, "delete"),
	("Disqualification", access.ADMINISTRATOR, "delete"),
}


@pytest.mark.parametrize("name", sorted(OF_CASES))
def test_nobody_takes_cases_out_or_removes_them(name):
	granted = {
		(name, rule["role"], way)
		for rule in DOCTYPES[name].get("permissions", [])
		for way in WAYS_OUT
		if rule.get(way)
	}
	assert granted <= GIVEN


@pytest.mark.parametrize("name", sorted(OF_CASES))
def test_no_setting_of_the_framework_opens_a_doctype_of_cases(name):
	doctype = DOCTYPES[name]
	opening = (
		"allow_import",
		"allow_rename",
		"has_web_view",
		"allow_guest_to_view",
		"index_web_pages_for_search",
		"make_attachments_public",
		"allow_events_in_timeline",
		"is_calendar_and_gantt",
		"allow_auto_repeat",
		"email_append_to",
		"is_virtual",
	)
	assert [setting for setting in opening if doctype.get(setting)] == []
	assert [
		f["fieldname"] for f in doctype["fields"] if f.get("in_global_search") or f.get("in_preview")
	] == []


@pytest.mark.parametrize("name", sorted(OF_CASES))
def test_roles_that_are_no_part_of_the_routine_have_nothing(name):
	assert {rule["role"] for rule in DOCTYPES[name].get("permissions", [])} <= set(access.ROLES)


def test_a_link_to_a_document_of_another_circle_is_text():
	"""Frappe reads `link.field` of a linked document past its conditions."""
	for name in access.READERS:
		outside = [
			other for other in access.READERS if set(access.READERS[name]) - set(access.READERS[other])
		]
		for field in DOCTYPES[name]["fields"]:
			if field["fieldtype"] == "Link" and field["options"] in outside:
				# The door refuses fields of linked documents; see test_mutations.
				assert name == "Incident", f"{name}.{field['fieldname']} links to {field['options']}"


# --- what else of the app tells of documents: none yet of some kinds, and the next one is met by these


def shipped(kind):
	"""The app's own documents of a kind: reports, print formats, charts ..."""
	files = sorted(APP.glob(f"routine/{kind}/*/*.json"))
	return [doc for doc in (json.loads(file.read_text()) for file in files) if isinstance(doc, dict)]


def readers_of(doctype):
	return {rule["role"] for rule in DOCTYPES[doctype].get("permissions", []) if rule.get("read")}


def test_a_report_hangs_on_a_doctype_that_its_roles_may_read_and_is_not_kept():
	"""Who may run a report is decided by the DocType that it hangs on; a prepared one is stored, and read past its rows."""
	for report in shipped("report"):
		doctype, roles = report["ref_doctype"], {row["role"] for row in report.get("roles", [])}
		assert doctype in DOCTYPES and roles, report["name"]
		assert roles <= readers_of(doctype) & set(access.ROLES), report["name"]
		assert not report.get("prepared_report"), report["name"]
		assert report.get("report_type") != "Query Report", f"{report['name']}: SQL passes by every condition"


def test_a_print_format_is_of_a_guarded_doctype():
	for print_format in shipped("print_format"):
		assert print_format["doc_type"] in access.GUARDED_DOCTYPES, print_format["name"]


def test_no_chart_is_of_cases():
	"""Known leak 11: what a chart shows is kept by its name, and shown to the next who asks."""
	for chart in shipped("dashboard_chart"):
		assert chart.get("document_type") not in OF_CASES, chart["name"]


def test_a_card_of_cases_counts_for_its_reader():
	for card in shipped("number_card"):
		assert card["type"] == "Document Type", card["name"]


def test_no_notification_goes_to_all_who_hold_a_role():
	"""Known leak 17: every party's officers hold the same role."""
	for notification in shipped("notification"):
		if notification.get("document_type") in OF_CASES:
			assert not any(row.get("receiver_by_role") for row in notification["recipients"]), notification[
				"name"
			]


def test_no_web_form_is_of_cases():
	for form in shipped("web_form"):
		assert form["doc_type"] not in OF_CASES, form["name"]


# --- whitelisted functions


def whitelisted():
	"""(module, function name, its syntax tree) of every whitelisted function of the app."""
	for file in sorted(APP.rglob("*.py")):
		for node in ast.walk(ast.parse(file.read_text())):
			if isinstance(node, ast.FunctionDef):
				decorators = {
					ast.unparse(d.func if isinstance(d, ast.Call) else d) for d in node.decorator_list
				}
				if "frappe.whitelist" in decorators:
					module = ".".join(("hot_rutin", *file.relative_to(APP).with_suffix("").parts))
					yield pytest.param(module, node, id=f"{module}.{node.name}")


# Whoever has forgotten a password is a guest. It tells nobody anything (test_sign_in.py).
FOR_GUESTS = {"hot_rutin.accounts.sign_in.reset_password"}
CHECKS = (
	"has_permission",
	"check_permission",
	"get_list",
	"only_for",
	"reporting_capacity",
	"capacities(",
	"may_read",
)


@pytest.mark.parametrize(("module", "node"), whitelisted())
def test_a_whitelisted_function_has_typed_arguments_a_check_and_a_test_that_it_refuses(module, node):
	function = getattr(importlib.import_module(module), node.name)
	hints = typing.get_type_hints(inspect.unwrap(function))
	assert set(inspect.signature(function).parameters) <= set(hints), "every argument has a type"
	assert f"{module}.{node.name}" in FOR_GUESTS or any(check in ast.unparse(node) for check in CHECKS), (
		"it asks whether the person may"
	)
	stock = next(
		(s for s, ours in hooks.override_whitelisted_methods.items() if ours == f"{module}.{node.name}"), None
	)
	named = [f"{module}.{node.name}", *([stock] if stock else [])]
	tests = "".join(file.read_text() for file in TESTS.rglob("test_*.py") if file != Path(__file__))
	assert any(f'"{name}"' in tests for name in named), f"no test calls {named}"


def test_guests_are_let_into_nothing_but_the_way_to_a_new_password():
	for module, node in (parameter.values for parameter in whitelisted()):
		is_open = "allow_guest" in ast.unparse(node.decorator_list[0])
		assert is_open == (f"{module}.{node.name}" in FOR_GUESTS)


def test_the_door_stands_before_every_request():
	assert hooks.auth_hooks == [
		"hot_rutin.door.sessions.check_session",
		"hot_rutin.door.enforcement.check_request",
	]
	assert hooks.after_request == ["hot_rutin.door.answers.complete"]


def test_every_endpoint_is_a_method_of_the_framework(frappe_site):
	from hot_rutin.door.endpoints import ENDPOINTS

	# What stable version 15 has and the snapshot has not.
	stable = {
		"frappe.apps.get_apps",
		"frappe.utils.pdf.is_wkhtmltopdf_valid",
		"frappe.integrations.oauth2_logins.login_via_keycloak",
	}
	gone = stable if "dev" in frappe.__version__ else set()
	for endpoint in {name for name in ENDPOINTS if "." in name and not name.startswith("page ")} - gone:
		assert frappe.get_attr(endpoint) in frappe.whitelisted, f"{endpoint} is not there"


def test_what_is_written_is_no_row():
	from hot_rutin.access.policy import READABLE, WRITABLE

	assert not {*READABLE, *WRITABLE} & set(access.PARENTS)


def test_sharing_is_off(frappe_site):
	assert frappe.db.get_single_value("System Settings", "disable_document_sharing")
