"""What reviews found open, each as the kind that it is: no value becomes SQL, no answer tells of the inside, what cannot be
logged is not answered; and what the desk sends, or a person writes, is taken."""

import csv
import inspect
import io
import json
import re
from contextlib import contextmanager
from itertools import cycle, product

import frappe
import openpyxl
import pytest
from access_logs import ways
from answers import tells_of_the_inside
from attack import ask, method
from reports import ALLOWED
from widths import IN_TURN, in_turn
from world import new_person, now, said, site, support_contact

EVENTS = "frappe.desk.doctype.event.event.get_events"
USERS = "frappe.core.doctype.user.user.user_query"
SEARCHES = ("frappe.desk.search.search_link", "frappe.desk.search.search_widget")
# Written out by hand: what somebody writes or searches for, and never a part of a query.
TEXTS = {"txt", "content", "html", "text", "search_term", "pwd", "password", "new_password", "old_password"}
COUNTS = ("limit", "limit_start", "limit_page_length", "start", "page_length")
# For methods that read what they are sent without naming it.
UNNAMED = {
	"doctype",
	"fields",
	"filters",
	"or_filters",
	"group_by",
	"order_by",
	"report_name",
	"items",
	"title",
	*COUNTS,
}
# These end the session, or start another.
SIGN_IN_AND_OUT = re.compile(r"log(in|out)|web_logout|oauth|sessions\.clear")


@pytest.fixture(scope="module")
def methods(stack):
	"""Every allowed method -> the parameters that it takes."""
	from hot_rutin.door.endpoints import ENDPOINTS

	with site(stack):
		found = {}
		# Signing in is answered before anything else, and takes a name and a password.
		for called in sorted(called for called in ENDPOINTS if " " not in called and called != "login"):
			try:
				function = frappe.get_attr(called if "." in called else f"frappe.handler.{called}")
				found[called] = set(inspect.signature(function).parameters) or UNNAMED
			except (AttributeError, ImportError):
				found[called] = UNNAMED  # another release has it
		return found


@pytest.fixture(scope="module")
def disqualified(world):
	"""A case, and its officer who may not know of it any more."""
	case = world.case("assessment")
	made = world.exposed.create(
		"Disqualification", case_name=case.name, officer=world.officer.user, reason="jäv"
	)
	assert made.status_code == 200, said(made)
	return case


# --- 1, 2: a value that the framework formats into SQL


def forms(value):
	"""A value as a request may hold it: plain, in a filter, as JSON escapes it, in a text of a text, and as a key."""
	filters = [["name", "=", value]]
	yield value
	yield json.dumps({"name": ["like", value]})
	yield json.dumps(filters).replace("(", "\\u0028").replace("%", "\\u0025")
	yield json.dumps([json.dumps(json.dumps(filters))])
	yield json.dumps({value: "x"})


def taken_away(called):
	"""What a method gets nothing of, whatever is sent, or always the same."""
	from hot_rutin.door.endpoints import ENDPOINTS

	taken = ENDPOINTS[called].schema.model_fields.items()
	return {name for name, field in taken if field.exclude or field.validate_default}


def test_no_value_of_any_method_names_a_parameter_of_a_query(world, methods):
	desk = world.strategist.another_desk()
	passed, form = [], cycle(forms("x%(start).1s or 1=1"))
	for called, parameters in methods.items():
		for parameter in sorted(parameters - TEXTS - taken_away(called)):
			for value in (
				next(form),
				*(forms("%(txt).0s") if called in SEARCHES and parameter == "filters" else ()),
			):
				answer = method(called, **{parameter: value}).send(desk)
				if answer.status_code != 403:
					passed.append(f"{called} {parameter}={value}: {answer.status_code}")
	assert not passed, "\n".join(passed)


@pytest.mark.parametrize("way", ["resource", "body", *SEARCHES])
def test_a_list_s_filter_names_no_parameter_of_a_query(world, way):
	filters = json.dumps([["User", "name", "=", "%(txt).1s or 1=1 -- "]])
	if way == "resource":
		request = ask(way, "/api/resource/User", filters=filters)
	elif way == "body":
		request = ask(
			way, f"/api/method/{SEARCHES[0]}", "POST", body={"doctype": "User", "txt": "", "filters": filters}
		)
	else:
		request = method(way, doctype="User", txt="", filters=filters, query=USERS)
	assert request.send(world.strategist.desk).status_code == 403


def test_the_calendar_takes_no_filters(world):
	day = {"start": "2026-11-01", "end": "2026-11-30"}
	for filters in ({"no_such_field": "x"}, [["Event", "name", "like", "%s"]]):
		answer = method(EVENTS, **day, filters=filters).send(world.strategist.desk)
		assert (answer.status_code, answer.json()["message"]) == (200, []), answer.text[:300]


def test_a_percent_sign_is_searched_for(world):
	for called in SEARCHES:
		assert (
			method(called, doctype="User", txt="100 % (nästan)").send(world.officer.desk).status_code == 200
		)
	like = json.dumps([["what_happened", "like", "%hot%"]])
	assert ask("list", "/api/resource/Incident", filters=like).send(world.officer.desk).status_code == 200


SPANS = ("between", "Between", "timespan", "previous", "next")
OPERATORS = (*SPANS, "=", "!=", ">", "<", ">=", "<=", "like", "not like", "in", "not in", "is", "ancestors of", "descendants of",
	"not ancestors of", "not descendants of")  # fmt: skip
OPERANDS = ("x", 0, ["x", "y"], ["2020-01-01", "2030-01-01"], "last year", "1 year")


def lists(field, operator, operand):
	"""The ways in which a condition goes into a list of incidents."""
	short = [[field, operator, operand]]
	long = [["Incident", field, operator, operand]]
	yield method("frappe.client.get_list", doctype="Incident", filters=short)
	yield ask("list", "/api/resource/Incident", filters=long)
	yield ask("list", "/api/resource/Incident", filters={field: [operator, operand]})
	yield method("frappe.desk.reportview.get", doctype="Incident", fields=["name"], filters=long)
	yield method("frappe.client.get_count", doctype="Incident", filters=short)
	yield method("frappe.desk.reportview.get_count", doctype="Incident", filters=long, or_filters=[])


@IN_TURN
@pytest.mark.parametrize(
	"field",
	("name", "party", "what_happened", "workflow_state", "idx", "led_by_strategist", "event_on", "EVENT_ON"),
)  # fmt: skip
def test_no_condition_takes_the_place_of_a_permission(world, field, each):
	case = world.case("assessment")
	# Somebody of the role, for no party: there is nothing for them to list or to count.
	desk = new_person(world.stack, "Nora Ny", "Party Security Officer").another_desk()
	found = []
	for turn, (operator, operand) in enumerate(product(OPERATORS, OPERANDS)):
		# Each operand goes another way with the next operator.
		turn += turn // len(OPERANDS)
		for request in in_turn(list(lists(field, operator, operand)), turn, each or operator in SPANS):
			answer = request.send(desk)
			told = answer.json().get("message")
			if case.name in answer.text or (answer.ok and isinstance(told, int) and told):
				found.append(f"{request.path} {operator} {operand}: {answer.text[:100]}")
	assert not found, "\n".join(found)


def test_a_list_is_still_filtered_by_a_span_of_time(world):
	case = world.case("reported")
	year = ["2020-01-01", "2090-01-01"]
	for filters in ([["event_on", "between", year]], {"creation": ["between", year]}, [["event_on", "timespan", "this year"]]):  # fmt: skip
		answer = ask("list", "/api/resource/Incident", filters=filters, limit_page_length=500)
		answer = answer.send(world.exposed.desk)
		assert case.name in answer.text, answer.text[:300]


# --- 3: parameters that pass over permissions


@pytest.mark.parametrize("doctype", ("Notification Settings", "Dashboard Settings"))
def test_no_search_passes_over_permissions(world, doctype):
	with site(world.stack):
		for role in ("officer", "stranger"):
			user = world.people[role].user
			if not frappe.db.exists(doctype, user):
				frappe.get_doc({"doctype": doctype, "name": user, "user": user}).insert(
					ignore_permissions=True
				)
		frappe.db.commit()
	for called in SEARCHES:
		for told in ("1", "true", "yes"):
			asked = {"doctype": doctype, "txt": "", "page_length": "500", "ignore_user_permissions": told}
			answer = method(called, **asked).send(world.officer.desk)
			assert world.stranger.user not in answer.text, f"{called}: {answer.text[:300]}"


def test_what_newer_releases_would_take_is_taken_away(stack):
	from hot_rutin.door.endpoints import ENDPOINTS

	for called, endpoint in ENDPOINTS.items():
		taken = {name for name, field in endpoint.schema.model_fields.items() if not field.exclude}
		assert not {"ignore_user_permissions", "expand", "expand_links"} & taken, called


# --- 6: numbers that are none, names that are no columns, and answers that tell of the inside


def test_no_method_takes_a_number_that_is_no_count(world, methods):
	desk = world.officer.another_desk()
	passed = []
	for called, parameters in methods.items():
		for parameter, value in product(sorted(parameters.intersection(COUNTS)), ("-1", "1 or 1")):
			answer = method(called, doctype="User", txt="", **{parameter: value}).send(desk)
			if answer.status_code != 403:
				passed.append(f"{called} {parameter}={value}: {answer.status_code}")
	for parameter, value in product(COUNTS, (-1, 1.5, True, "-1")):
		request = ask(
			"body", "/api/method/frappe.client.get_list", "POST", body={"doctype": "User", parameter: value}
		)
		in_address = ask("list", "/api/resource/Incident", **{parameter: str(value)})
		passed += [f"{parameter}={value}" for r in (request, in_address) if r.send(desk).status_code != 403]
	assert not passed, "\n".join(passed)


BROKEN = {
	"fields": ('["name as where"]', '["no_such_column"]', '["count(name) as select"]', '["`tabUser`.`name`"]', "{", "[1]"),
	"fieldname": ("name as where",),
	"filters": ('[["name", "between", "x"]]', '[["creation", ">", "x"]]', '{"no_such_column": 1}', '[["name", "~", "x"]]', "["),
	"or_filters": ('{"no_such_column": 1}',),
	"group_by": ("where", "no_such_column"),
	"order_by": ("where desc", "no_such_column asc"),
	"sort_field": ("where",),
	"searchfield": ("where",),
	"doctype": ("No Such Thing",),
	"name": ("no such name",),
	"docname": ("no such name",),
	"value": ("no such name",),
	"doc": ("{", '{"doctype": "User"}', '{"doctype": "No Such Thing"}', "[]"),
	"stats": ("where",),
	"prev": ("x",),
	"to_date": ("x",),
	"start": ("2026-99-99",),
	"report_name": ("No Such Report",),
}  # fmt: skip


@pytest.mark.parametrize("doctype", ("Incident", "Comment"))
def test_no_answer_of_any_status_tells_of_the_inside(world, methods, disqualified, doctype):
	desk = world.officer.another_desk()
	told = []

	def send(request):
		answer = request.send(desk)
		if tells_of_the_inside(answer) or disqualified.name[2:] in answer.text:
			told.append(f"{request.path} {request.params}: {answer.status_code} {answer.text[:300]}")

	usual = {"doctype": doctype, "txt": "x", "fields": '["name"]', "fieldname": "name", "filters": "[]", "value": "x", "prev": "0",
		"name": "x", "docname": "x", "stats": '["_user_tags"]', "start": "2026-11-01", "end": "2026-11-30", "report_name": "Overdue Steps",
		"doc": json.dumps({"doctype": doctype, "document_type": doctype, "function": "Count"})}  # fmt: skip
	for called, parameters in methods.items():
		if SIGN_IN_AND_OUT.search(called):
			continue
		for parameter in sorted(parameters & BROKEN.keys()):
			for value in BROKEN[parameter]:
				known = {key: kept for key, kept in usual.items() if key in parameters}
				send(method(called, **{**known, parameter: value}))
	for parameter in ("fields", "filters", "or_filters", "order_by", "group_by"):
		for value in BROKEN[parameter]:
			send(ask("list", f"/api/resource/{doctype}", **{parameter: value}))
	assert not told, "\n".join(told)


def test_a_person_still_reads_why_something_was_refused(world):
	answer = world.exposed.report(world.representatives["exposed"], event_on=now(hours=-48))
	assert answer.status_code == 417 and len(said(answer)) > 20


# --- 7: what cannot be logged is not answered


@contextmanager
def without_the_reading_log(stack):
	"""The reading log cannot be written meanwhile."""
	with site(stack):
		frappe.db.sql_ddl("rename table `tabIncident Access Log` to `tabIncident Access Log away`")
	try:
		yield
	finally:
		with site(stack):
			frappe.db.sql_ddl("rename table `tabIncident Access Log away` to `tabIncident Access Log`")


def counts(case):
	"""Counts by what stands in a case."""
	like = [["Incident", "what_happened", "like", f"%{case.stored()['what_happened']}%"]]
	yield method("frappe.client.get_count", doctype="Incident", filters=like)
	yield method("frappe.desk.reportview.get_count", doctype="Incident", filters=like)
	yield method("frappe.desk.reportview.get_count", doctype="Incident", filters=[], or_filters=like)
	yield method("frappe.client.get_list", doctype="Incident", filters=like, fields=["count(name) as found"])
	yield method(
		"frappe.client.get_value", doctype="Incident", filters=like, fieldname=["count(name) as found"]
	)
	yield ask("list", "/api/resource/Incident", filters=json.dumps(like), fields='["count(name) as found"]')
	card = {"document_type": "Incident", "function": "Count", "name": "x"}
	yield method("frappe.desk.doctype.number_card.number_card.get_result", doc=card, filters=like)


def read(case, reader):
	with site(case.world.stack):
		return frappe.db.count("Incident Access Log", {"document": case.name, "user": reader.user})


def test_what_cannot_be_logged_is_not_answered(world):
	case = world.case("requested")
	asked = [request for request, _way in ways(case)] + list(counts(case))
	for report, way in product(("Incident Statistics", "Police Reports"), ("run", "export_query")):
		more = {"file_format_type": "CSV", "visible_idx": "[0, 1, 2, 3]"}
		filters = json.dumps({"cases": 1})
		asked.append(method(f"frappe.desk.query_report.{way}", report_name=report, filters=filters, **more))
	desk = world.officer.another_desk()
	for request in asked:
		assert request.send(desk).status_code == 200, request
	answered = []
	with without_the_reading_log(world.stack):
		for request in asked:
			answer = request.send(desk)
			if answer.status_code < 500 or case.name[2:] in answer.text or tells_of_the_inside(answer):
				answered.append(f"{request.channel} {answer.status_code}: {answer.text[:300]}")
	assert not answered, "\n".join(answered)


@pytest.mark.parametrize("rest", ({"no_such_field": "x"}, {"name": "H-ZZZZ-ZZZZ"}, "nonsense"))
def test_a_count_goes_by_what_its_log_goes_by(world, rest):
	case = world.case()
	for request in counts(case):
		before = read(case, world.officer)
		params = dict(request.params)
		if "or_filters" in params:
			continue
		params["or_filters"] = json.dumps(rest)
		answer = ask(request.channel, request.path, request.verb, **params).send(world.officer.desk)
		counted = answer.status_code == 200 and re.search(r":\s*1\b", answer.text)
		assert not counted or read(case, world.officer) == before + 1, (
			f"{request.channel}: {answer.text[:300]}"
		)


# --- 16: Export, as the desk asks for it


@pytest.mark.parametrize("report", ALLOWED)
def test_everybody_who_sees_a_report_exports_it(world, report):
	world.case("assessment")
	for role in ALLOWED[report]:
		desk = world.people[role].another_desk()
		run = {"report_name": report, "filters": "{}", "ignore_prepared_report": "true", "is_tree": "false", "parent_field": "", "are_default_filters": "true"}  # fmt: skip
		shown = desk.get("/api/method/frappe.desk.query_report.run", params=run).json()["message"]
		rows = json.dumps(list(range(len(shown["result"]))))
		heads = [column["label"] for column in shown["columns"] if not column.get("hidden")]
		for kind in ("CSV", "Excel"):
			noted = {
				"doctype": "",
				"report_name": report,
				"filters": "{}",
				"file_type": kind,
				"method": "Export",
			}
			answer = desk.post(
				"/api/method/frappe.core.doctype.access_log.access_log.make_access_log", data=noted
			)
			assert answer.status_code == 200, f"{role}: {said(answer)}"
			form = {"cmd": "frappe.desk.query_report.export_query", "report_name": report, "custom_columns": "[]", "file_format_type": kind, "filters": "{}", "visible_idx": rows, "csv_delimiter": ",", "csv_quoting": "2", "include_indentation": "undefined", "csrf_token": desk.headers["X-Frappe-CSRF-Token"]}  # fmt: skip
			answer = desk.post("/", data=form)
			assert answer.status_code == 200, f"{role} {kind}: {answer.text[:300]}"
			if kind == "CSV":
				table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
			else:
				table = [
					[cell.value for cell in row]
					for row in openpyxl.load_workbook(io.BytesIO(answer.content)).active
				]
			assert [cell or "" for cell in table[0]] == heads if heads else not table
			assert len(table) >= len(shown["result"]) + bool(heads)


# --- 17: a text may hold any words


@pytest.fixture(scope="module")
def texts(world):
	return (
		"Han skrev: select * from tabUser where 1=1",
		"Jag fick ett brev from Anna: select one",
		"100%(start).1s",
		world.case(exposed="lonely", officer="strategist").name,
		"H-ZZZZ-ZZZZ",
		'{"doctype": "RQ Job", "fields": ["x(("], "filters": "1=1"}',
		'["a", {"b": [1]}]',
		"[[",
		"User",
	)


@IN_TURN
def test_a_document_s_text_may_hold_any_words(world, texts, each):
	for turn, text in enumerate(texts):
		answer = world.exposed.report(world.representatives["exposed"], what_happened=text, place=text)
		assert answer.status_code == 200, f"{text}: {said(answer)}"
		case = world.case()
		values = {
			"exposed_representative": world.representatives["exposed"],
			"event_on": now(hours=1),
			"place": text,
		}
		reported = [
			ask("form", "/api/resource/Incident", "POST", **values, what_happened=f"formulär {text}"),
			ask("data", "/api/resource/Incident", "POST", data={**values, "what_happened": f"data {text}"}),
			method(
				"frappe.client.insert", doc={"doctype": "Incident", **values, "what_happened": f"nytt {text}"}
			),
		]
		set_value = {"doctype": "Incident", "name": case.name}
		changed = [
			ask("put", f"/api/resource/Incident/{case.name}", "PUT", body={"place": text}),
			method("frappe.client.set_value", **set_value, fieldname="evidence_note", value=text),
			method(
				"frappe.client.set_value",
				**set_value,
				fieldname={"contact_phone": "0700-000000", "what_happened": f"{text} {case.name[2:]}"},
			),
		]
		for request in (*in_turn(reported, turn, each), *changed):
			answer = request.send(world.exposed.desk)
			assert answer.status_code == 200, f"{request.channel} {text}: {said(answer)}"
		stored = case.stored()
		assert (stored["place"], stored["evidence_note"]) == (text, text)
		case.press("officer", "Start Assessment")
		row = support_contact("Initial Support", full_name=text, relation=text)
		case.write("officer", support_contacts=[row])
		whole = case.stored()
		for called in ("frappe.model.workflow.get_transitions", "frappe.client.save"):
			answer = method(called, doc=whole).send(world.officer.desk)
			assert answer.status_code == 200, f"{called} {text}: {said(answer)}"


def test_a_comment_and_a_register_may_hold_any_words(world, texts):
	case = world.case()
	for text in texts:
		who = {"comment_email": world.officer.user, "comment_by": world.officer.name}
		asked = method("frappe.desk.form.utils.add_comment", reference_doctype="Incident", reference_name=case.name, content=text, **who)  # fmt: skip
		comment = asked.send(world.officer.desk)
		assert comment.status_code == 200, f"{text}: {said(comment)}"
		changed = method("frappe.desk.form.utils.update_comment", name=comment.json()["message"]["name"], content=f"<div>{text}</div>")  # fmt: skip
		assert changed.send(world.officer.desk).status_code == 200, text
		made = world.exposed.create(
			"Disqualification", case_name=world.case().name, officer=world.officer.user, reason=text
		)
		assert made.status_code == 200, f"{text}: {said(made)}"


def test_a_search_may_be_for_any_words(world, texts):
	for text in texts:
		for request in (
			*(method(called, doctype="User", txt=text) for called in SEARCHES),
			method(SEARCHES[0], doctype="Elected Representative", txt=text),
			method("frappe.utils.global_search.search", text=text, start="0", limit="20"),
			method("frappe.desk.search.get_names_for_mentions", search_term=text),
		):
			answer = request.send(world.officer.desk)
			assert answer.status_code == 200, f"{request.channel} {text}: {said(answer)}"
