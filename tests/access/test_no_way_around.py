"""Ways around the rules that a hostile reading of the framework and of the gate has found: names in disguise, files by
another path, SQL in the name of a field, traces by methods that do not ask, other people's secrets. None leads to a case.
"""

import json
import re
import secrets
import time

import frappe
import pytest
from access_logs import changes_of, readings_of, recipients_of_last_mails
from attack import CASE_DOCTYPES, NO_SUCH, ask, case_party, disguised, masked, method
from hot_rutin.access.document_guards import KEPT
from hot_rutin.access.policy import CHOICES, LOGS, PARENTS, READERS, REGISTERS
from uploads import upload
from world import new_person, said, site

# Those with the most power, and those who stand closest.
HOSTILE = ("foreign_officer", "former_officer", "director", "plain", "system_manager", "site_administrator")

AXES = {*CHOICES} - {"Routine Step"}


@pytest.fixture(scope="module")
def case(attack):
	return next(c for c in attack.cases if (c.party, c.state) == ("A", "Assessment"))


@pytest.fixture(scope="module")
def desks(attack):
	return {reader: attack.desk(reader) for reader in (*HOSTILE, "officer", "manager", "guest")}


# --- names in disguise


@pytest.mark.parametrize("reader", HOSTILE)
def test_a_name_that_the_database_takes_for_equal_is_the_name(desks, case, reader):
	"""MariaDB holds `Ｈ` and `ħ` for `h`, and what is invisible for nothing."""
	for doctype, name in case.documents.items():
		for spelt in disguised(name):
			for kind in (doctype, *disguised(doctype)):
				for made in (
					lambda kind, name: ask("resource", f"/api/resource/{kind}/{name}"),
					lambda kind, name: ask("printview", "/printview", doctype=kind, name=name),
					lambda kind, name: method("frappe.desk.form.load.get_docinfo", doctype=kind, name=name),
					lambda kind, name: method("frappe.desk.form.load.getdoc", doctype=kind, name=name),
				):
					other = disguised(NO_SUCH[doctype])[disguised(name).index(spelt)]
					real, made_up = (
						made(kind, spelt).send(desks[reader]),
						made(kind, other).send(desks[reader]),
					)
					assert case.words[doctype] not in real.text
					assert masked(real, spelt) == masked(made_up, other), f"{kind} {spelt!r}"


def test_a_name_in_disguise_opens_nothing_for_its_readers_either(desks, case):
	"""It would be stored as it was sent, and the reading log would not know it."""
	for spelt in disguised(case.documents["Incident"]):
		for request in (
			ask("printview", "/printview", doctype="Incident", name=spelt),
			ask("resource", f"/api/resource/Incident/{spelt}"),
			method("frappe.desk.form.load.getdoc", doctype="Incident", name=spelt),
		):
			answer = request.send(desks["officer"])
			assert answer.status_code == 403 and case.canary not in answer.text


@pytest.mark.parametrize("reader", ("system_manager", "site_administrator"))
@pytest.mark.parametrize("disguise", (0, 1, 2, None))
def test_nothing_of_the_framework_is_pointed_at_cases(desks, reader, disguise):
	"""A rule that assigns, a chart, an import, a permission ... on our DocTypes would tell of cases, or open them."""
	kind = "Incident" if disguise is None else disguised("Incident")[disguise]
	for body in (
		{"doctype": "Assignment Rule", "name": "x", "document_type": kind, "description": "{{ what_happened }}", "assign_condition": "True", "rule": "Round Robin", "users": [{"user": "Administrator"}], "assignment_days": [{"day": "Monday"}]},
		{"doctype": "Custom DocPerm", "parent": kind, "role": "System Manager", "read": 1},
		{"doctype": "Custom Field", "dt": kind, "fieldname": "x", "fieldtype": "Data", "label": "x"},
		{"doctype": "Data Import", "reference_doctype": kind, "import_type": "Insert New Records"},
		{"doctype": "Dashboard Chart", "chart_name": secrets.token_hex(4), "chart_type": "Count", "document_type": kind, "based_on": "creation", "type": "Line", "filters_json": "[]", "timeseries": 1},
		{"doctype": "Notification", "name": "x", "document_type": kind, "event": "New", "message": "{{ doc.what_happened }}", "subject": "x"},
		{"doctype": "Document Follow", "ref_doctype": kind, "ref_docname": "x", "user": "Administrator"},
	):  # fmt: skip
		answer = ask("new", f"/api/resource/{body['doctype']}", "POST", body=body).send(desks[reader])
		assert answer.status_code == 403, f"{body['doctype']}: {answer.status_code} {answer.text[:300]}"


# --- files by another path


def paths_to(url):
	file = url.rsplit("/", 1)[-1]
	return (
		url,
		f"/private/files/./{file}",
		f"/private/files//{file}",
		f"/files/../../private/files/{file}",
		f"/private/files/x/../{file}",
		f"/private/files/%2e/{file}",
		f"private/files/{file}",
	)


@pytest.mark.parametrize("reader", HOSTILE)
def test_a_guessed_file_is_neither_got_nor_confirmed_by_any_path(desks, case, reader):
	desk, no_such = desks[reader], "/private/files/finns-inte.txt"
	for path, other in zip(paths_to(case.file_url), paths_to(no_such), strict=True):
		for made in (
			lambda url: ask("file", "/" + url.lstrip("/")),
			lambda url: method("download_file", file_url=url),
			lambda url: method("upload_file", file_url=url, is_private="1", file_name="mitt.txt"),
			lambda url: ask("row", "/api/resource/File", "POST", body={"file_url": url, "is_private": 1, "file_name": "mitt.txt"}),
			lambda url: ask("row", "/api/resource/File", "POST", body={"file_url": url, "is_private": 0}),
		):  # fmt: skip
			real, made_up = made(path).send(desk), made(other).send(desk)
			assert case.canary not in real.text.replace(path, "").replace(case.file_url, ""), path
			assert real.status_code >= 400, f"{path}: {real.status_code} {real.text[:300]}"
			names = (path, case.file_url), (other, no_such)
			assert masked(real, *names[0]) == masked(made_up, *names[1]), path


def test_a_file_is_not_made_of_a_name_alone(desks, case):
	"""Frappe would look for it among the stored files."""
	name = case.file_url.rsplit("/", 1)[-1]
	for reader in HOSTILE:
		body = {"file_name": name, "is_private": 1}
		answer = ask("row", "/api/resource/File", "POST", body=body).send(desks[reader])
		assert answer.status_code in (403, 417), answer.text[:300]


# --- SQL


def injected(case):
	"""SQL that makes the database say the word in its error."""
	query = f"(select(what_happened)from(tabIncident)where(name)='{case.documents['Incident']}')"
	return f"extractvalue(1,concat(0x7e,{query}))"


@pytest.mark.parametrize("reader", ("foreign_officer", "plain", "manager", "system_manager"))
def test_no_field_or_order_is_a_query_of_its_own(desks, case, reader):
	sql = injected(case)
	for doctype in ("User", "ToDo", "File"):
		filters = [[doctype, f"ifnull({sql},1)", "=", "1"]]
		chart = {"document_type": doctype, "based_on": "creation", "name": "x"}
		for request in (
			method("frappe.desk.search.search_widget", doctype=doctype, txt="", filters=filters),
			method("frappe.desk.search.search_link", doctype=doctype, txt="", filters=filters),
			method("frappe.desk.doctype.number_card.number_card.get_result", doc={"document_type": doctype, "function": "Count", "name": "x"}, filters=filters),
			method("frappe.desk.doctype.number_card.number_card.get_result", doc={"document_type": doctype, "function": "Sum", "aggregate_function_based_on": sql, "name": "x"}, filters=[]),
			method("frappe.desk.doctype.dashboard_chart.dashboard_chart.get", chart={**chart, "type": "Heatmap", "chart_type": "Sum", "value_based_on": sql, "filters_json": "[]"}, no_cache="1"),
			method("frappe.desk.doctype.dashboard_chart.dashboard_chart.get", chart={**chart, "chart_type": "Group By", "group_by_type": "Count", "group_by_based_on": sql, "filters_json": "[]"}, no_cache="1"),
			method("frappe.desk.listview.get_group_by_count", doctype=doctype, current_filters=filters, field="owner"),
			method("frappe.desk.listview.get_group_by_count", doctype=doctype, current_filters=[], field=f"name`,{sql},`name"),
			method("frappe.desk.treeview.get_children", doctype=doctype, parent="", filters=filters),
			method("frappe.desk.calendar.get_events", doctype=doctype, start="2020-01-01", end="2030-01-01", fields=["*"], filters=filters, field_map={"start": "creation", "end": "creation"}),
			method("frappe.client.get_list", doctype=doctype, filters=filters),
			method("frappe.client.get_list", doctype=doctype, fields=[sql]),
			method("frappe.client.get_list", doctype=doctype, order_by=sql),
			method("frappe.client.get_list", doctype=doctype, order_by=sql.replace("select", "/*!50000select*/")),
			method("frappe.client.get_value", doctype=doctype, fieldname=sql, filters=filters),
			method("frappe.client.get_count", doctype=doctype, filters=filters),
			method("frappe.desk.reportview.get", doctype=doctype, fields=["name"], filters=filters, group_by=sql),
			method("frappe.desk.reportview.get", doctype=doctype, fields=["name"], group_by=sql),
			method("frappe.desk.reportview.get_list", doctype=doctype, fields=["name"], order_by=sql),
			method("frappe.desk.reportview.get_count", doctype=doctype, filters=filters),
			ask("list", f"/api/resource/{doctype}", filters=json.dumps(filters)),
			ask("list", f"/api/resource/{doctype}", or_filters=json.dumps(filters), order_by=sql),
		):  # fmt: skip
			answer = request.send(desks[reader])
			assert case.canary[:12] not in answer.text, f"{request}: {answer.text[:400]}"


# --- what is kept beside a case, by methods that do not ask


TEXT_OF = {"Comment": "content", "File": "file_name", "Version": "data", "ToDo": "description", "Tag Link": "title", "Communication": "subject", "Notification Log": "subject", "Activity Log": "subject"}  # fmt: skip


@pytest.mark.parametrize("reader", HOSTILE)
def test_no_method_counts_or_lists_what_belongs_to_a_case_by_its_words(desks, case, attack, reader):
	for doctype, field in TEXT_OF.items():
		answers = []
		for word in (case.canary[:-3], "detta ord finns inte"):
			like = [[doctype, field, "like", f"%{word}%"]]
			chart = {
				"document_type": doctype,
				"based_on": "creation",
				"filters_json": json.dumps(like),
				"name": "x",
			}
			requests = (
				method("frappe.desk.search.search_widget", doctype=doctype, txt="", searchfield=field, filters=like, ignore_user_permissions="1"),
				method("frappe.desk.search.search_link", doctype=doctype, txt="", filters=like, ignore_user_permissions="1"),
				method("frappe.desk.search.search_widget", doctype=doctype, txt=json.dumps({**chart, "type": "Heatmap", "chart_type": "Count"}), query="frappe.desk.doctype.dashboard_chart.dashboard_chart.get"),
				method("frappe.desk.doctype.dashboard_chart.dashboard_chart.get", chart={**chart, "type": "Heatmap", "chart_type": "Count"}, no_cache="1"),
				method("frappe.desk.doctype.dashboard_chart.dashboard_chart.get", chart={**chart, "chart_type": "Group By", "group_by_type": "Count", "group_by_based_on": field}, no_cache="1"),
				method("frappe.desk.doctype.number_card.number_card.get_result", doc={"document_type": doctype, "function": "Count", "name": "x"}, filters=like),
				method("frappe.client.get_count", doctype=doctype, filters=like),
				method("frappe.desk.reportview.get_count", doctype=doctype, filters=like),
				method("frappe.client.get_value", doctype=doctype, fieldname="creation", filters=like),
				method("frappe.client.get", doctype=doctype, filters=like),
				method("frappe.desk.listview.get_group_by_count", doctype=doctype, current_filters=like, field="owner"),
				method("frappe.desk.reportview.get_sidebar_stats", doctype=doctype, stats=["_user_tags"], filters=like),
				method("frappe.desk.treeview.get_children", doctype=doctype, parent="", filters=like),
				method("frappe.desk.calendar.get_events", doctype=doctype, start="2020-01-01", end="2030-01-01", fields=["*"], filters=like, field_map={"start": "creation", "end": "creation"}),
				ask("list", f"/api/resource/{doctype}", filters=json.dumps(like), fields='["*"]'),
			)  # fmt: skip
			answers.append(
				[(request.channel, masked(request.send(desks[reader]), word)) for request in requests]
			)
		for real, other in zip(*answers, strict=True):
			assert case.canary not in real[1][2] and real == other, f"{doctype} {real}\n{other}"


def test_no_report_lists_as_somebody_else(desks, attack):
	"""Known leak 10: the framework's own report lists as whomever its filter names."""
	for doctype in (*CASE_DOCTYPES, *TEXT_OF):
		filters = {"user": attack.people["officer"].user, "doctype": doctype}
		request = method(
			"frappe.desk.query_report.run", report_name="Permitted Documents For User", filters=filters
		)
		answer = request.send(desks["system_manager"])
		assert answer.status_code == 403 and '"result"' not in answer.text, f"{doctype} {answer.text[:300]}"


def test_no_documents_of_ours_are_counted_beside_another(desks, attack):
	for items in (["Incident Access Log"], ["Incident"], None):
		user = attack.people["officer"].user
		request = method("frappe.desk.notifications.get_open_count", doctype="User", name=user, items=items)
		# A form asks for this by itself, and is told of nothing.
		answer = request.send(desks["system_manager"])
		assert answer.json()["message"]["count"] == []


# --- personal data, by the framework's own way


@pytest.mark.parametrize("reader", ("manager", "plain", "system_manager", "site_administrator"))
def test_nobody_gets_what_somebody_wrote_by_a_request_for_personal_data(desks, attack, stack, reader):
	kinds = ("Personal Data Download Request", "Personal Data Deletion Request")
	accept = "frappe.website.doctype.web_form.web_form.accept"

	def kept():
		with site(stack):
			return [frappe.db.count(kind) for kind in (*kinds, "Email Queue")]

	before = kept()
	for download in (True, False):
		kind, field, form = kinds[not download], "user" if download else "email", "request-data" if download else "request-to-delete-data"  # fmt: skip
		for made in (
			lambda account: method(accept, web_form=form, data={field: account, "user_name": "x"}),  # noqa: B023
			lambda account: ask("new", f"/api/resource/{kind}", "POST", body={field: account}),  # noqa: B023
			lambda account: method("frappe.client.insert", doc={"doctype": kind, field: account}),  # noqa: B023
			lambda account: method("frappe.desk.form.save.savedocs", doc={"doctype": kind, field: account, "__islocal": 1, "name": "new-1"}, action="Save"),  # noqa: B023
		):  # fmt: skip
			officer, nobody = attack.people["officer"].user, "finns.inte@havsvik.example"
			real, other = (made(account).send(desks[reader]) for account in (officer, nobody))
			assert real.status_code == 403 and masked(real, officer) == masked(other, nobody), real.text[:300]
	assert kept() == before


# --- deleting


def new_value(axis):
	field = frappe.get_meta(axis).autoname.partition("field:")[2]
	return frappe.get_doc({"doctype": axis, field: f"Prov {secrets.token_hex(3)}"}).insert().name


@pytest.mark.parametrize("reader", ("administrator", "system_manager", "site_administrator"))
def test_no_deletion_tells_which_case_or_that_any_holds_a_value(attack, case, stack, reader):
	desk, incident = attack.desk(reader), case.documents["Incident"]
	from hot_rutin.access import policy as access

	# An account of its own: no other test would miss it, were it deleted after all.
	proxy = new_person(stack, "Orvar Ombud", access.PROXY).user
	with site(stack):
		kept = {("Role", access.OFFICER), ("Routine Step", "3.1.1-2"), ("User", proxy)}
		frappe.db.set_value("Incident", incident, "proxy", proxy, update_modified=False)
		unused = {}
		for doctype, name in (
			("Incident", incident),
			("Elected Representative", attack.representatives["A"]),
		):
			for link in frappe.get_meta(doctype).get_link_fields():
				value = frappe.db.get_value(doctype, name, link.fieldname)
				if link.options in AXES:
					value, unused[link.options] = (new_value(link.options) for _used in range(2))
					frappe.db.set_value(doctype, name, link.fieldname, value, update_modified=False)
				if link.options in set(KEPT) - {"User"} and value:
					kept.add((link.options, value))
		frappe.db.commit()
	assert AXES <= {doctype for doctype, _value in kept}
	for doctype, value in kept:
		told = []
		for asked in (value, unused.get(doctype, value)):
			for request in (
				ask("delete", f"/api/resource/{doctype}/{asked}", "DELETE"),
				method("frappe.client.delete", doctype=doctype, name=asked),
				method("frappe.desk.reportview.delete_items", doctype=doctype, items=[asked]),
			):
				answer = request.send(desk)
				assert not re.search(r"\b[HPUM]-\w{4}-\w{4}", answer.text), answer.text[:300]
				told.append(masked(answer, asked))
		assert told[:3] == told[3:], doctype
	with site(stack):
		for doctype, value in (*kept, *unused.items()):
			assert frappe.db.exists(doctype, value)
			with pytest.raises(frappe.PermissionError):
				frappe.delete_doc(doctype, value)  # as a job does, which deletes when many are chosen
			frappe.db.rollback()


def test_every_value_that_a_case_holds_is_kept(stack):
	ours = {*READERS, *PARENTS, *REGISTERS, *LOGS}
	with site(stack):
		linked = {link.options for doctype in ours for link in frappe.get_meta(doctype).get_link_fields()}
	# A DocType of a version is not deleted in the desk; and the cases' own documents nobody may delete.
	assert linked - ours - set(KEPT) == {"DocType"} and AXES <= linked


# --- secrets and accounts


@pytest.mark.parametrize("reader", ("system_manager", "site_administrator"))
def test_nobody_takes_over_an_account_unseen(desks, attack, reader):
	officer = attack.people["officer"].user
	for request in (
		method("frappe.core.doctype.user.user.generate_keys", user=officer),
		method("frappe.core.doctype.user.user.impersonate", user=officer, reason="x"),
		method("frappe.client.get_password", doctype="User", name=officer, fieldname="api_secret"),
	):
		answer = request.send(desks[reader])
		assert answer.status_code == 403 and "används inte" in said(answer), answer.text[:300]


CONSOLE = "frappe.desk.doctype.system_console.system_console.execute_code"
KEYS = "frappe.core.doctype.user.user.generate_keys"


@pytest.mark.parametrize("reader", ("system_manager", "site_administrator"))
def test_no_method_passes_a_call_on_to_a_closed_one(desks, attack, reader):
	officer = attack.people["officer"].user
	query = {"doctype": "System Console", "type": "SQL", "console": "select 1"}
	for request in (
		method("frappe.model.mapper.make_mapped_doc", method=CONSOLE, source_name=query),
		method("frappe.model.mapper.make_mapped_doc", method=KEYS, source_name=officer),
		method("frappe.model.mapper.make_mapped_doc", method="frappe.ping", source_name="x"),
		method("frappe.model.mapper.map_docs", method=KEYS, source_names=[officer], target_doc={}),
		method("frappe.desk.search.search_widget", doctype="User", txt=officer, query=KEYS),
		method("frappe.desk.search.search_link", doctype="User", txt=officer, query=KEYS),
		method(
			"frappe.desk.treeview.get_all_nodes", doctype=officer, label="x", parent="x", tree_method=KEYS
		),
		method("upload_file", method="frappe.recorder.start"),
		method("uploadfile", method="frappe.recorder.export_data"),
		method("uploadfile", method="frappe.utils.backups.get_backup_encryption_key"),
	):
		answer = request.send(desks[reader])
		assert answer.status_code == 403 and "används inte" in said(answer), f"{request}: {answer.text[:300]}"


def test_no_method_passes_a_call_on_past_what_is_put_in_its_place(desks):
	called = "frappe.core.doctype.user.user.reset_password"
	request = method("upload_file", method=called, user="finns.inte@havsvik.example")
	for reader, refusal in (("plain", "används inte"), ("guest", "Logga in först")):
		answer = request.send(desks[reader])
		assert answer.status_code == 403 and refusal in said(answer), answer.text[:300]


def test_a_body_is_seen_whatever_it_calls_itself(desks, case):
	body = {"description": "x", "reference_type": "Incident"}
	answers = [
		ask("task", "/api/resource/ToDo", "POST", body=json.dumps({**body, "reference_name": called}), content_type="text/plain; x=multipart").send(desks["manager"])
		for called in (case.documents["Incident"], NO_SUCH["Incident"])
	]  # fmt: skip
	real, made_up = (masked(answer, case.documents["Incident"], NO_SUCH["Incident"]) for answer in answers)
	assert real == made_up and real[0] == 403


def test_nobody_finds_the_key_that_sets_a_new_password_nor_hands_it_on(attack, desks, stack):
	officer, key = attack.people["foreign_officer"].user, secrets.token_hex(16)
	with site(stack):
		frappe.db.set_value("User", officer, "reset_password_key", key)
		frappe.db.commit()
	finding = [["name", "=", officer], ["reset_password_key", "like", f"{key[:3]}%"]]
	for request in (
		method("frappe.client.get_list", doctype="User", filters=finding),
		method("frappe.client.get_list", doctype="User", or_filters={"RESET_PASSWORD_KEY": key}),
		method("frappe.client.get_list", doctype="User", order_by="reset_password_key asc"),
		method("frappe.client.get_list", doctype="User", fields=["`tabUser`.`reset_password_key`"]),
		method("frappe.client.get_count", doctype="User", filters={"last_reset_password_key_generated_on": "x"}),
		method("frappe.desk.treeview.get_all_nodes", doctype="Nytt-Losen 77 x", label="x", parent="0", tree_method="frappe.core.doctype.user.user.update_password", key=key),
		method("frappe.desk.search.search_widget", doctype="Nytt-Losen 77 x", txt="", searchfield=key, query="frappe.core.doctype.user.user.update_password"),
	):  # fmt: skip
		answer = request.send(desks["plain"])
		assert answer.status_code == 403 and "används inte" in said(answer), f"{request}: {answer.text[:300]}"
	with site(stack):
		assert frappe.db.get_value("User", officer, "reset_password_key") == key
		frappe.db.set_value("User", officer, "reset_password_key", "")
		frappe.db.commit()


def test_a_password_set_while_a_role_profile_gives_the_role_is_logged(attack, desks, stack):
	from hot_rutin import demo
	from hot_rutin.access import policy as access

	mark = secrets.token_hex(3)
	with site(stack):
		frappe.conf.throttle_user_limit = 1000
		user = demo.make_user(f"Per Profil {mark}", [access.OFFICER])["user"]
		frappe.get_doc({"doctype": "Role Profile", "role_profile": f"P {mark}", "roles": [{"role": access.OFFICER}]}).insert()  # fmt: skip
		frappe.db.commit()
	values = {"role_profile_name": f"P {mark}", "roles": [], "new_password": f"Nytt-losen-{mark}-kvast"}
	answer = ask("user", f"/api/resource/User/{user}", "PUT", body=values).send(desks["system_manager"])
	assert answer.ok, answer.text[:300]
	changes = changes_of(stack, user)
	assert "Fick ett nytt lösenord" in changes, changes


def test_a_key_that_was_there_before_the_role_is_told_with_it(desks, stack):
	from hot_rutin.access import policy as access

	user = new_person(stack, "Nyckel Redan").user
	with site(stack):
		frappe.db.set_value("User", user, "api_key", secrets.token_hex(8))
		frappe.db.commit()
		frappe.get_doc("User", user).add_roles(access.STRATEGIST)
		frappe.db.commit()
	changes = changes_of(stack, user)
	assert any("redan" in change for change in changes), changes


@pytest.mark.parametrize("reader", ("system_manager", "site_administrator"))
def test_no_method_runs_what_a_request_makes_up(desks, reader):
	template = "{{ frappe.get_all('Note') | tojson }}"
	hook = {"doctype": "Webhook", "name": "x", "__islocal": 1, "webhook_doctype": "Note", "preview_document": "x", "request_structure": "JSON", "webhook_json": template}  # fmt: skip
	bulk = {"doctype": "Bulk Update", "name": "Bulk Update", "document_type": "User", "condition": "1=0 or extractvalue(1,concat(0x7e,1))", "field": "x", "update_value": "x", "limit": 1}  # fmt: skip
	for request in (
		method("run_doc_method", docs=hook, method="generate_preview"),
		method("runserverobj", docs={**hook, "doctype": disguised("Webhook")[0]}, method="generate_preview"),
		method("frappe.handler.run_doc_method", docs=bulk, method="bulk_update"),
		method("run_doc_method", dt="Customize Form", dn="Customize Form", method="save_customization"),
		ask("v1", "/api/resource/Bulk Update/Bulk Update", "POST", body={"run_method": "bulk_update"}),
		ask("v2", "/api/v2/document/Bulk Update/Bulk Update/method/bulk_update/", "POST", body={}),
	):
		answer = request.send(desks[reader])
		# Version 2 of the API keeps messages elsewhere.
		told = said(answer) + str(answer.json().get("errors"))
		assert answer.status_code == 403 and "används inte" in told, f"{request}: {answer.text[:300]}"


def test_no_key_is_taken_from_another_kind_of_document(attack, stack):
	"""Frappe lets in whomever a row of any DocType names, if it has a key and a secret."""
	from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

	key, officer = secrets.token_hex(8), attack.people["officer"].user
	fields = [
		{"fieldname": "api_key", "fieldtype": "Data", "label": "x"},
		{"fieldname": "api_secret", "fieldtype": "Password", "label": "x"},
		{"fieldname": "user", "fieldtype": "Link", "options": "User", "label": "x"},
	]
	with site(stack):
		create_custom_fields({"Note": fields})
		note = {"doctype": "Note", "title": key, "api_key": key, "api_secret": "nyckel", "user": officer}
		frappe.get_doc(note).insert()
		frappe.db.commit()
	try:
		for path in ("/api/method/frappe.auth.get_logged_user", "/app", "/me", "/api/resource/Incident"):
			desk = attack.desk("guest")
			desk.headers["Authorization"] = f"token {key}:nyckel"
			desk.headers["Frappe-Authorization-Source"] = "Note"
			answer = desk.get(path)
			assert answer.status_code == 403 and officer not in answer.text, f"{path}: {answer.text[:300]}"
	finally:
		with site(stack):
			frappe.db.delete("Note", {"title": key})
			for field in fields:
				frappe.delete_doc("Custom Field", f"Note-{field['fieldname']}")
			frappe.db.commit()
			frappe.clear_cache()


@pytest.mark.parametrize("reader", ("system_manager", "site_administrator"))
def test_a_role_is_given_and_taken_with_its_account_only(desks, attack, stack, reader):
	"""There it is logged."""
	user = attack.people["system_manager"].user
	with site(stack):
		frappe.get_doc("User", user).add_roles("Blogger")
		frappe.db.commit()
		row = frappe.get_doc("Has Role", {"parent": user, "role": "Blogger"}).as_dict(
			convert_dates_to_str=True
		)
	changed = {**row, "role": "Municipal Director"}
	new = {"doctype": "Has Role", "parent": user, "parenttype": "User", "parentfield": "roles", "role": "Municipal Director"}  # fmt: skip
	for request in (
		ask("change", f"/api/resource/Has Role/{row.name}", "PUT", body={"role": "Municipal Director"}),
		ask("new", "/api/resource/Has Role", "POST", body=new),
		ask("delete", f"/api/resource/Has Role/{row.name}", "DELETE"),
		method("frappe.client.save", doc=changed),
		method("frappe.desk.form.save.savedocs", doc=changed, action="Save"),
		method("frappe.client.bulk_update", docs=[{**changed, "docname": row.name}]),
		method("frappe.desk.reportview.delete_items", doctype="Has Role", items=[row.name]),
	):
		request.send(desks[reader])
		with site(stack):
			held = frappe.get_all("Has Role", {"parent": user}, pluck="role")
		assert "Blogger" in held and "Municipal Director" not in held, f"{request}: {held}"


@pytest.mark.parametrize("reader", ("system_manager", "site_administrator"))
def test_no_role_becomes_a_case_role_by_a_new_name(desks, reader, stack):
	for old, new in (("Blogger", "Municipal Security Strategist"), ("Municipal Director", "Direktör")):
		for merge in ("0", "1"):
			request = method("frappe.model.rename_doc.update_document_title", doctype="Role", docname=old, name=new, merge=merge, enqueue="0")  # fmt: skip
			assert request.send(desks[reader]).status_code in (403, 417)
	with site(stack):
		assert frappe.db.exists("Role", "Blogger") and frappe.db.exists("Role", "Municipal Director")


def test_an_account_keeps_the_name_that_the_logs_know_it_by(desks, attack, stack, somebody):
	"""Its readings would be somebody else's: the log's rows follow the account."""
	changed_name = somebody.replace("@", ".ny@")
	with site(stack):
		frappe.db.delete("Has Role", {"parent": somebody})
		log = {"doctype": "Incident Access Log", "user": somebody, "case_name": "H-ZZZZ-ZZZZ", "document": "H-ZZZZ-ZZZZ", "way": "Form", "read_on": "2026-01-01 00:00:00"}  # fmt: skip
		frappe.get_doc(log).insert(ignore_permissions=True)
		frappe.db.commit()
	for new, merge in ((changed_name, "0"), (attack.people["plain"].user, "1")):
		request = method("frappe.model.rename_doc.update_document_title", doctype="User", docname=somebody, name=new, merge=merge, enqueue="0")  # fmt: skip
		assert request.send(desks["site_administrator"]).status_code == 403
		with site(stack), pytest.raises(frappe.PermissionError, match="keeps its name"):
			frappe.rename_doc("User", somebody, new, merge=merge == "1")
	with site(stack):
		assert frappe.db.exists("Incident Access Log", {"user": somebody})


def test_accounts_that_open_cases_are_not_merged(desks, attack, stack):
	officer, manager = (attack.people[reader].user for reader in ("officer", "system_manager"))
	for old, new in ((officer, manager), (manager, officer)):
		request = method("frappe.model.rename_doc.update_document_title", doctype="User", docname=old, name=new, merge="1", enqueue="0")  # fmt: skip
		assert request.send(desks["site_administrator"]).status_code in (403, 417)
	with site(stack):
		assert frappe.db.exists("User", officer) and frappe.db.exists("User", manager)


SQL_CONDITION = "frappe.db.get_value('Incident', {}, 'what_happened')"


@pytest.mark.parametrize(
	"body",
	[
		# on the server
		{"doctype": "Assignment Rule", "name": "x", "document_type": "Note", "description": "{{ frappe.db }}", "assign_condition": "True", "rule": "Round Robin", "users": [{"user": "Administrator"}], "assignment_days": [{"day": "Monday"}]},
		{"doctype": "Custom Field", "dt": "Note", "fieldname": "x", "label": "x", "fieldtype": "Data", "is_virtual": 1, "options": SQL_CONDITION},
		{"doctype": "Custom DocPerm", "parent": "Version", "role": "All", "read": 1},
		{"doctype": "Data Import", "reference_doctype": "Comment", "import_type": "Insert New Records"},
		{"doctype": "Energy Point Rule", "rule_name": "x", "reference_doctype": "Comment", "for_doc_event": "New", "points": 1, "user_field": "owner"},
		{"doctype": "Milestone Tracker", "document_type": "Comment", "track_field": "content"},
		{"doctype": "Prepared Report", "report_name": "Permitted Documents For User", "filters": "{}"},
		{"doctype": "Report", "report_name": "y", "ref_doctype": "Note", "report_type": "Custom Report", "reference_report": "ToDo", "is_standard": "No", "json": "{}"},
		{"doctype": "Email Account", "email_account_name": "x", "email_id": "x@example.invalid", "enable_auto_reply": 1, "auto_reply_message": "{{ frappe.db }}"},
		{"doctype": "Email Template", "name": "x", "subject": "x", "response": "{{ 1 }}"},
		{"doctype": "Letter Head", "letter_head_name": "x", "content": "{{ 1 }}"},
		{"doctype": "Package", "package_name": "../private"},
		{"doctype": "Package Release", "package": "x", "publish": 1},
		{"doctype": "Module Def", "module_name": "x", "custom": 1},
		{"doctype": "Global Search Settings"},
		{"doctype": "Contact", "first_name": "x", "links": [{"link_doctype": "User", "link_name": "Administrator"}]},
		{"doctype": "Communication", "subject": "x", "communication_medium": "Email", "recipients": "a+Note+x@example.invalid"},
		{"doctype": "Notification", "name": "x", "document_type": "Note", "event": "New", "subject": "x", "condition": "1 / 0"},
		{"doctype": "Package Import", "name": "x"},
		{"doctype": "Print Format Field Template", "name": "x", "document_type": "Note", "field": "title", "template": "{{ 1 }}"},
		{"doctype": "Property Setter", "doctype_or_field": "DocField", "doc_type": "Note", "field_name": "title", "property": "is_virtual", "property_type": "Check", "value": "1"},
		{"doctype": "Report", "report_name": "x", "ref_doctype": "Note", "report_type": "Report Builder", "is_standard": "No", "javascript": "1"},
		{"doctype": "Scheduled Job Type", "method": "frappe.utils.backups.get_backup", "frequency": "All"},
		{"doctype": "Web Page", "title": "x", "dynamic_template": 1, "main_section": "{{ 1 }}"},
		{"doctype": "Workflow", "workflow_name": "x", "document_type": "Note", "is_active": 1, "states": [{"state": "Pending", "allow_edit": "All", "doc_status": "0"}], "transitions": [{"state": "Pending", "action": "Review", "next_state": "Pending", "allowed": "All", "condition": SQL_CONDITION}]},
		# in browsers
		{"doctype": "Client Script", "name": "x", "dt": "User", "script": "1"},
		{"doctype": "Dashboard Chart", "chart_name": "x", "chart_type": "Count", "document_type": "Note", "based_on": "creation", "type": "Line", "filters_json": "[]", "dynamic_filters_json": "[]", "timeseries": 1},
		{"doctype": "Number Card", "label": "x", "type": "Document Type", "document_type": "Note", "function": "Count", "filters_json": "[]", "dynamic_filters_json": "[]"},
		{"doctype": "Translation", "language": "sv", "source_text": "Save", "translated_text": "<img src=x onerror=x()>"},
		{"doctype": "Web Form", "title": "x", "route": "x", "doc_type": "Note", "client_script": "1", "web_form_fields": [{"fieldname": "title", "fieldtype": "Data"}]},
		{"doctype": "Website Theme", "theme": "x", "js": "1"},
		{"doctype": "Print Style", "print_style_name": "x", "css": "x"},
		{"doctype": "Note", "title": "x"},
		{"doctype": "Workspace", "label": "x", "title": "x", "public": 1, "content": "[]", "shortcuts": []},
		# elsewhere, and who is let in
		{"doctype": "Document Follow", "ref_doctype": "User", "ref_docname": "Administrator", "user": "Administrator"},
		{"doctype": "Webhook", "name": "x", "webhook_doctype": "Note", "webhook_docevent": "on_update", "request_url": "http://x"},
		{"doctype": "OAuth Client", "app_name": "x", "scopes": "all", "redirect_uris": "http://x", "default_redirect_uri": "http://x"},
		{"doctype": "OAuth Bearer Token", "user": "Administrator", "access_token": "x", "scopes": "all"},
		{"doctype": "Social Login Key", "provider_name": "x", "social_login_provider": "Custom", "base_url": "http://x", "authorize_url": "http://x", "access_token_url": "http://x", "api_endpoint": "http://x", "client_id": "x", "client_secret": "x", "redirect_url": "http://x"},
		{"doctype": "Connected App", "provider_name": "x"},
	],
	ids=lambda body: f"{body['doctype']} {body.get('report_type', '')}".strip(),
)  # fmt: skip
def test_what_runs_or_lets_in_is_not_made_in_the_desk(desks, body):
	for reader in ("system_manager", "site_administrator"):
		answer = ask("new", f"/api/resource/{body['doctype']}", "POST", body=body).send(desks[reader])
		assert answer.status_code == 403, answer.text[:300]
	assert "används inte" in said(answer) or body["doctype"] == "Email Account", answer.text[:300]


def test_an_account_for_mail_is_made_in_the_desk_but_fetches_none(desks):
	desk, mark = desks["site_administrator"], secrets.token_hex(3)
	body = {
		"doctype": "Email Account",
		"email_account_name": f"Post {mark}",
		"email_id": f"{mark}@example.invalid",
	}
	made = ask("new", "/api/resource/Email Account", "POST", body=body).send(desk)
	assert made.ok, made.text[:300]
	at = f"/api/resource/Email Account/{made.json()['data']['name']}"
	for change in (
		{"enable_incoming": 1},
		{"enable_automatic_linking": 1},
		{"auto_reply_message": "{{ 1 }}"},
	):
		answer = desk.put(at, json=change)
		assert answer.status_code == 403 and "skickas bara" in said(answer), answer.text[:300]
	assert desk.delete(at).ok


def test_nothing_that_is_deployed_is_written_by_a_row(desks, stack):
	"""Frappe inserts what says that it is a row into whatever it says that it is a row of."""
	with site(stack):
		workflow = frappe.db.get_value("Workflow", {}, "name")
		before = frappe.db.count("Workflow Transition")
	move = {"state": "Closed", "action": "Close", "next_state": "Closed", "allowed": "All", "condition": "1"}
	for doctype in ("User", "Workflow Transition"):
		row = {
			"doctype": doctype,
			"parenttype": "Workflow",
			"parent": workflow,
			"parentfield": "transitions",
			**move,
		}
		answer = method("frappe.client.insert", doc=row).send(desks["site_administrator"])
		assert answer.status_code == 403 and "används inte" in said(answer), answer.text[:300]
	with site(stack):
		assert frappe.db.count("Workflow Transition") == before


@pytest.mark.parametrize("reader", ("system_manager", "site_administrator"))
def test_what_is_deployed_is_not_taken_away(desks, stack, reader):
	with site(stack):
		kept = [
			(kind, frappe.db.get_value(kind, {}, "name"))
			for kind in ("Property Setter", "Print Format", "Workflow", "Role")
		]
	for kind, name in kept:
		for request in (
			ask("delete", f"/api/resource/{kind}/{name}", "DELETE"),
			method("frappe.client.delete", doctype=kind, name=name),
			method("frappe.desk.reportview.delete_items", doctype=kind, items=[name]),
			method("frappe.client.set_value", doctype=kind, name=name, fieldname="disabled", value="1"),
		):
			assert request.send(desks[reader]).status_code == 403
	with site(stack):
		assert all(frappe.db.exists(*one) for one in kept)


@pytest.mark.parametrize(
	"settings",
	(
		"Bulk Update",
		"Customize Form",
		"Dropbox Settings",
		"Google Drive",
		"LDAP Settings",
		"Navbar Settings",
		"OAuth Provider Settings",
		"S3 Backup Settings",
		"Website Settings",
	),
)
def test_settings_that_run_send_or_let_in_are_not_changed_in_the_desk(desks, settings):
	body = {"notify_email": "x@example.invalid", "send_notifications_to": "x@example.invalid", "email": "x@example.invalid", "bucket": "x", "backup_frequency": "Daily", "frequency": "Daily", "backup_folder_name": "x"}  # fmt: skip
	for reader in ("system_manager", "site_administrator"):
		answer = ask("settings", f"/api/resource/{settings}/{settings}", "PUT", body=body).send(desks[reader])
		assert answer.status_code == 403, answer.text[:300]


@pytest.mark.parametrize("reader", ("system_manager", "site_administrator"))
def test_waiting_jobs_and_queued_mails_are_not_read(desks, reader):
	"""They hold what they were given: the words of a comment with a mention; the link to a new password. A recording holds the
	queries and the cookies of others."""
	for request in (
		ask("list", "/api/resource/Email Queue", fields='["message"]'),
		method("frappe.client.get_list", doctype="Email Queue Recipient", parent="Email Queue", fields=["*"]),
		ask("list", "/api/resource/RQ Job", fields='["*"]'),
		ask("list", "/api/resource/Recorder", fields='["*"]'),
		method("frappe.desk.reportview.get", doctype="RQ Job", fields=["*"]),
		method("frappe.desk.reportview.get_list", doctype=disguised("RQ Job")[0], fields=["*"]),
	):
		assert request.send(desks[reader]).status_code == 403


# --- what a hostile reading found when only known methods were left


CONDITION = {"name": ["like", "H-%"]}


def test_no_condition_stands_where_a_name_or_a_value_should(desks, case):
	"""Refused before anything is looked up, whether any row meets it or none."""
	desk, link = desks["manager"], {"doctype": "Activity Log", "subject": "x", "reference_doctype": "Version", "reference_name": {"data": ["like", "%a%"]}}  # fmt: skip
	for request in (
		method("frappe.client.insert", doc=link),
		method("frappe.client.save", doc=link),
		method("frappe.desk.form.save.savedocs", doc={**link, "__islocal": 1, "name": "new-1"}, action="Save"),
		ask("rest", "/api/resource/Activity Log", "POST", body=link),
		ask("rest, plain", "/api/resource/Activity Log", "POST", body=json.dumps(link), content_type="text/plain"),
		ask("rest, data", "/api/resource/Activity Log", "POST", data=link),
		ask("rest v2", "/api/v2/document/Activity Log", "POST", body=link),
		ask("rest, row", "/api/resource/ToDo", "POST", body={"description": "x", "rows": [{"link": CONDITION}]}),
		ask("set", "/api/method/frappe.client.set_value", "POST", body={"doctype": "ToDo", "name": "x", "fieldname": {"reference_name": CONDITION}}),
		ask("set", "/api/method/frappe.client.set_value", "POST", body={"doctype": "ToDo", "name": "x", "fieldname": "reference_name", "value": CONDITION}),
		ask("next", "/api/method/frappe.desk.form.utils.get_next", "POST", body={"doctype": "File", "value": CONDITION, "prev": 0}),
		ask("detach", "/api/method/frappe.desk.form.utils.remove_attach", "POST", body={"fid": [CONDITION]}),
		method("frappe.desk.reportview.delete_items", doctype="User", items=[[CONDITION]]),
		ask("list", "/api/resource/ToDo", filters=json.dumps({"reference_name": CONDITION})),
		ask("upload", "/api/method/upload_file", "POST", body={"docname": CONDITION, "doctype": "ToDo"}),
		ask("number", "/api/method/frappe.desk.form.load.getdoc", "POST", body={"doctype": "Version", "name": 1.0}),
	):  # fmt: skip
		answer = request.send(desk)
		assert answer.status_code == 403 and "används inte" in said(answer) + str(
			answer.json().get("errors")
		), f"{request}: {answer.text[:300]}"


def test_no_address_is_called_by_the_name_of_another(desks, case):
	"""The framework goes by the address where no method is called, and the door would have judged something else."""
	for called in ("page app", "page login", "page private", "resource GET"):
		own = {"doctype": "User", "name": "Guest", "file_url": "/files/x.txt"}
		for reader in ("former_officer", "officer"):
			for request in (
				ask("file", case.file_url, cmd=called, **own),
				ask("method", f"/api/method/{called}", cmd=called, **own),
				ask("method", f"/api/method/{called}", **own),
			):
				answer = request.send(desks[reader])
				assert answer.status_code == 403 and case.canary not in answer.text, f"{reader} {request}"


def test_no_upload_says_where_a_file_is(desks, attack):
	"""Frappe copies what is there, on the server too, before it looks where that is."""
	desk = desks["plain"]
	for place in (
		"/files/../../site_config.json",
		"/files/..%2f..%2fsite_config.json",
		"/private/files/../../site_config.json",
		"https://example.invalid/x",
	):
		for request in (
			method("upload_file", file_url=place, file_name="x.txt", is_private="0"),
			ask("file", "/api/resource/File", "POST", body={"file_url": place, "file_name": "x.txt"}),
			method("frappe.client.insert", doc={"doctype": "File", "file_url": place, "file_name": "x.txt"}),
		):
			assert request.send(desk).status_code == 403
		answer = ask(
			"picture", f"/api/resource/User/{attack.people['plain'].user}", "PUT", body={"user_image": place}
		).send(desk)
		assert answer.status_code in (403, 417) and "db_password" not in answer.text, answer.text[:300]


def test_no_page_of_somebody_s_own_stands_among_the_public_files(desks):
	assert upload(desks["plain"], "x.html", b"<html></html>", is_private="0").status_code in (403, 417)
	told = upload(desks["plain"], "x.txt", b"x", is_private="0").json()["message"]
	assert told["is_private"] and told["file_url"].startswith("/private/files/")


def test_no_file_writes_into_another_document(desks, attack, stack):
	"""Frappe sets the field that a file says it is in, in whatever document, and asks nobody."""
	officer = attack.people["foreign_officer"].user
	name = upload(desks["plain"], "nyckel.txt", b"x", doctype="User", docname=officer, fieldname="reset_password_key").json().get("message", {}).get("name")  # fmt: skip
	values = {"attached_to_doctype": "User", "attached_to_name": officer, "attached_to_field": "reset_password_key", "is_private": 0}  # fmt: skip
	own = upload(desks["plain"], "eget.txt", b"x").json()["message"]["name"]
	for file in filter(None, (name, own)):
		for request in (
			method("frappe.client.set_value", doctype="File", name=file, fieldname=values),
			ask("file", f"/api/resource/File/{file}", "PUT", body=values),
			method("frappe.client.save", doc={"doctype": "File", "name": file, **values}),
		):
			assert request.send(desks["plain"]).status_code == 403
	with site(stack):
		assert not (frappe.db.get_value("User", officer, "reset_password_key") or "").startswith("/")


def test_no_name_or_picture_is_markup_in_another_s_desk(desks, attack, stack):
	user = attack.people["former_officer"].user
	for values in ({"first_name": 'Filip" onmouseover="x'}, {"last_name": "<b>x</b>"}, {"user_image": "x\"); color:red'><img src=x onerror=x>"}):  # fmt: skip
		answer = desks["system_manager"].put(f"/api/resource/User/{user}", json=values)
		assert answer.status_code == 417, answer.text[:300]
	assert "citattecken" in said(
		desks["system_manager"].put(f"/api/resource/User/{user}", json={"first_name": "<x>"})
	)


def test_no_name_or_setting_runs_or_fetches_anything_in_a_mail(desks, attack):
	"""The framework's mails render some settings as templates, and attach any file of the server that a text names."""
	fetching, running = "embed='../var/administrator-password'", "{{ frappe.get_all('Incident') }}"
	user = attack.people["plain"].user
	mail = f"Email Account/{frappe_name(attack, 'Email Account')}"
	settings = "System Settings/System Settings"
	for reader, place, values in (
		("plain", f"User/{user}", {"first_name": fetching}),
		("system_manager", settings, {"otp_issuer_name": running}),
		("system_manager", settings, {"email_footer_address": '<link rel="stylesheet" href="http://x">'}),
		("system_manager", settings, {"email_footer_address": fetching}),
		("system_manager", mail, {"footer": json.dumps(f"<img {fetching}>")}),
		("system_manager", mail, {"brand_logo": f"x' {fetching} y='"}),
		("system_manager", mail, {"signature": running}),
		("administrator", f"Political Party/{case_party(attack)}", {"party_name": fetching}),
		("administrator", f"Incident Category/{frappe_name(attack, 'Incident Category')}", {"category_name": fetching}),
		("administrator", "Hot Rutin Settings/Hot Rutin Settings", {"mail_closing": f"<img {fetching}>"}),
	):  # fmt: skip
		answer = attack.desk(reader).put(f"/api/resource/{place}", json=values)
		assert answer.status_code == 417, f"{values}: {answer.text[:300]}"


def frappe_name(attack, doctype):
	with site(attack.stack):
		return frappe.db.get_value(doctype, {}, "name")


def test_an_account_s_mail_goes_nowhere_else_and_its_telephone_is_told(desks, stack, attack):
	from hot_rutin.access import policy as access

	user = new_person(stack, "Tora Telefon", access.OFFICER).user
	at = f"/api/resource/User/{user}"
	answer = desks["system_manager"].put(at, json={"email": "annan@example.invalid"})
	if answer.ok:  # stable version 15 puts it back itself
		assert answer.json()["data"]["email"] == user and "dev" not in frappe.__version__
	else:
		assert answer.status_code == 417 and "adress är dess namn" in said(answer), answer.text[:300]
	assert desks["system_manager"].put(at, json={"mobile_no": "+46700000001"}).ok
	assert any("telefonnummer" in text for text in changes_of(stack, user))
	with site(stack):
		told = frappe.get_all(
			"Access Change", {"user": user, "change": ("like", "%telefonnummer%")}, pluck="changed_by"
		)
	assert told and attack.people["system_manager"].user in told[0]


def test_the_administrator_is_not_told_whom_an_exposed_person_has_marked(attack):
	people, case = attack.people, attack.world.case()
	mark = {
		"doctype": "Disqualification",
		"case_name": case.name,
		"officer": people["officer"].user,
		"reason": "x",
	}
	by_exposed = ask("mark", "/api/resource/Disqualification", "POST", body=mark).send(
		people["exposed"].another_desk()
	)
	assert by_exposed.ok, by_exposed.text[:300]
	by_administrator = [ask("mark", "/api/resource/Disqualification", "POST", body=mark).send(people["administrator"].another_desk()) for _again in range(2)]  # fmt: skip
	assert [answer.status_code for answer in by_administrator] == [200, 409]
	# Nor is whoever has only saved the administrator's.
	mark = by_administrator[0].json()["data"]["name"]
	assert (
		people["exposed"].another_desk().put(f"/api/resource/Disqualification/{mark}", json={}).status_code
		== 403
	)
	assert (
		people["administrator"].read("Disqualification", mark)["modified_by"] == people["administrator"].user
	)


def test_every_role_of_the_routine_is_logged_with_whoever_gives_roles(desks, stack, somebody):
	for role in ("Routine Auditor", "Routine Administrator", "System Manager"):
		with site(stack):
			roles = [{"role": row.role} for row in frappe.get_doc("User", somebody).roles]
		answer = desks["system_manager"].put(
			f"/api/resource/User/{somebody}", json={"roles": [*roles, {"role": role}]}
		)
		assert answer.ok, answer.text[:300]
	given = [text for text in changes_of(stack, somebody) if "Fick rollen" in text]
	assert len(given) == 4, given


def test_the_second_factor_is_not_taken_from_another_unseen(desks, attack):
	request = method("frappe.twofactor.reset_otp_secret", user=attack.people["strategist"].user)
	assert request.send(desks["officer"]).status_code == 403


def test_a_code_that_is_mentioned_opens_nothing_else_of_its_case(attack, stack):
	"""The director may mention the police report's case; what is asked for itself must be theirs."""
	case = next(c for c in attack.cases if (c.party, c.state) == ("A", "Awaiting Police Report"))
	desk, report = attack.desk("director"), case.documents["Police Report"]
	for doctype in ("Incident", "Masked Copy", "Follow-up"):
		name, other = case.documents[doctype], NO_SUCH[doctype]
		for called, key in (
			("frappe.client.has_permission", "docname"),
			("frappe.client.get_doc_permissions", "docname"),
			("frappe.client.get", "name"),
			("frappe.desk.form.load.getdoc", "name"),
			("frappe.desk.form.load.get_docinfo", "name"),
		):
			real, made_up = (method(called, doctype=doctype, z=report, **{key: asked}).send(desk) for asked in (name, other))  # fmt: skip
			assert masked(real, name) == masked(made_up, other) and real.status_code == 403, (
				f"{called} {doctype}"
			)
		assert (
			upload(desk, "x.txt", b"x", doctype=doctype, docname=name, is_private="1", z=report).status_code
			== 403
		)


def test_nothing_is_compared_with_a_row_of_another(desks, attack):
	"""The next in a list after somebody else's row would tell where it stands by any field."""
	answers = []
	for name in (attack.representatives["A"], "F-9999"):
		request = method("frappe.desk.form.utils.get_next", doctype="Elected Representative", value=name, prev="0", sort_field="full_name", sort_order="desc")  # fmt: skip
		answers.append(masked(request.send(desks["foreign_officer"]), name))
	assert answers[0] == answers[1]


def test_no_number_card_tells_a_value(desks):
	card = {
		"document_type": "Incident",
		"function": "Maximum",
		"aggregate_function_based_on": "contact_phone",
		"name": "x",
	}
	request = method("frappe.desk.doctype.number_card.number_card.get_result", doc=card, filters=[])
	assert request.send(desks["officer"]).status_code == 403


def test_evidence_is_attached_and_taken_away_by_those_whose_part_it_is(attack, stack):
	people = attack.people
	case = attack.world.case("consultation")

	def attach(who, name):
		return upload(
			people[who].another_desk(), name, b"x", doctype="Incident", docname=case.name, is_private="1"
		)

	def take(who, file):
		request = method("frappe.desk.form.utils.remove_attach", dt="Incident", dn=case.name, fid=file)
		return request.send(people[who].another_desk()).status_code

	officers, own = (attach(who, f"{who}.txt").json()["message"]["name"] for who in ("officer", "strategist"))
	assert take("strategist", officers) == 403 and take("strategist", own) == 200
	with site(stack):
		frappe.db.set_value("Incident", case.name, "workflow_state", "Closed", update_modified=False)
		frappe.db.commit()
	assert attach("officer", "sent.txt").status_code == 403 and take("officer", officers) == 403


@pytest.mark.parametrize("reader", ("system_manager", "site_administrator"))
def test_only_the_routine_s_own_reports_run_and_none_gets_more_columns(desks, reader):
	column = [{"fieldname": "data", "doctype": "Version", "link_field": "name"}]
	for values in ({"report_name": "Permitted Documents For User"}, {"report_name": "Access Log", "custom_columns": column}):  # fmt: skip
		for called in ("run", "export_query"):
			request = method(f"frappe.desk.query_report.{called}", file_format_type="CSV", **values)
			answer = request.send(desks[reader])
			assert answer.status_code == 403 and "används inte" in said(answer), answer.text[:300]


def test_no_row_number_tells_that_a_case_has_it(desks, case, stack):
	"""Numbers are counted up; what one may not read is as what is not there."""
	with site(stack):
		frappe.get_doc(
			{"doctype": "Version", "ref_doctype": "Note", "docname": "x", "data": "{}"}
		).db_insert()
		other = frappe.get_all("Version", {"ref_doctype": "Note"}, pluck="name", limit=1)[0]
		frappe.db.commit()
	rows = (case.rows["Version"], other, "99999999")
	for reader in ("manager", "guest"):
		for verb in ("GET", "HEAD", "OPTIONS", "DELETE", "PUT"):
			answers = [ask("row", f"/api/resource/Version/{row}", verb, body={} if verb == "PUT" else None).send(desks[reader]) for row in rows]  # fmt: skip
			told = [masked(answer, str(row)) for answer, row in zip(answers, rows, strict=True)]
			assert told[0] == told[1] == told[2] and told[0][0] == 403, f"{verb} {told}"
	for row in (case.rows["Version"], "99999999"):
		for items in ([row], [str(row)]):
			request = method("frappe.desk.reportview.delete_items", doctype="Version", items=items)
			assert request.send(desks["site_administrator"]).status_code == 403
	with site(stack):
		assert frappe.db.exists("Version", case.rows["Version"])


def test_no_answer_shows_the_query(desks):
	for request in (
		ask("list", "/api/resource/Incident", debug="1"),
		method("frappe.client.get_list", doctype="Incident", debug="1"),
		method("frappe.desk.reportview.get_count", doctype="Incident", filters=[], debug="1"),
	):
		answer = request.send(desks["officer"])
		assert answer.ok and "select" not in answer.text.lower(), answer.text[:300]


@pytest.mark.parametrize("reader", ("system_manager", "site_administrator"))
def test_nobody_writes_a_row_of_a_log(desks, attack, reader):
	user = attack.people["officer"].user
	for body in (
		{"doctype": "Incident Access Log", "user": user, "case_name": "H-ZZZZ-ZZZZ", "document": "H-ZZZZ-ZZZZ", "way": "Form", "read_on": "2026-01-01 00:00:00"},
		{"doctype": "Access Change", "user": user, "changed_by": "x", "change": "x", "changed_on": "2026-01-01 00:00:00"},
	):  # fmt: skip
		for request in (
			ask("new", f"/api/resource/{body['doctype']}", "POST", body=body),
			method("frappe.client.insert", doc=body),
		):
			assert request.send(desks[reader]).status_code == 403


def test_nobody_says_anything_in_another_s_name(attack, case, stack):
	officer, other = attack.people["officer"], attack.people["deputy"]
	request = method("frappe.desk.form.utils.add_comment", reference_doctype="Incident", reference_name=case.documents["Incident"], content="x", comment_email=other.user, comment_by=other.name)  # fmt: skip
	answer = request.send(officer.another_desk())
	assert answer.ok, answer.text[:300]
	with site(stack):
		comment = frappe.get_last_doc("Comment", {"reference_name": case.documents["Incident"]})
		assert (comment.comment_by, comment.comment_email) == (officer.signature, officer.user)


def test_nobody_lists_what_another_has_in_the_calendar(desks, attack, stack):
	officer = attack.people["officer"].user
	with site(stack):
		event = {"doctype": "Event", "subject": f"Möte {attack.world.mark}", "starts_on": frappe.utils.now_datetime(), "event_type": "Private"}  # fmt: skip
		frappe.get_doc(event).insert().db_set("owner", officer)
		frappe.db.commit()
		today = frappe.utils.today()
	request = method("frappe.desk.doctype.event.event.get_events", start=today, end=today, user=officer)
	assert attack.world.mark in request.send(desks["officer"]).text
	assert attack.world.mark not in request.send(desks["manager"]).text


def test_a_sum_is_no_way_past_the_reading_log(attack, case, stack):
	officer, name = attack.people["officer"], case.documents["Incident"]
	before = readings_of(stack, attack, "officer", name)
	request = method("frappe.desk.reportview.get", doctype="Incident", fields=["count(name) as c"], filters={"name": name}, group_by="name", aggregate_function="sum", aggregate_on_field="contact_phone", aggregate_on_doctype="Incident")  # fmt: skip
	answer = request.send(officer.another_desk())
	assert "_aggregate_column" not in answer.text or readings_of(stack, attack, "officer", name) > before


def test_who_counts_cases_by_their_words_has_read_them(attack, case, stack):
	officer, name = attack.people["officer"], case.documents["Incident"]
	like = [["Incident", "what_happened", "like", f"%{case.canary}%"]]
	card = {"document_type": "Incident", "function": "Count", "name": "x"}
	for request in (
		method("frappe.desk.reportview.get_count", doctype="Incident", filters=like),
		method("frappe.client.get_count", doctype="Incident", filters={"what_happened": like[0][2:]}),
		method("frappe.desk.doctype.number_card.number_card.get_result", doc=card, filters=like),
	):
		before = readings_of(stack, attack, "officer", name)
		answer = request.send(officer.another_desk())
		assert answer.json()["message"] == 1 and readings_of(stack, attack, "officer", name) == before + 1, (
			request
		)
	before = readings_of(stack, attack, "officer", name)
	assert method("frappe.desk.reportview.get_count", doctype="Incident", filters=[["Incident", "workflow_state", "=", "Assessment"]]).send(officer.desk).ok  # fmt: skip
	assert readings_of(stack, attack, "officer", name) == before


# --- mentions, following, caches


def mention(attack, reader):
	user = attack.people[reader].user
	return f'<div><span class="mention" data-id="{user}" data-value="x">@x</span> hemligt</div>'


def comment(attack, case, reader):
	return method(
		"frappe.desk.form.utils.add_comment",
		reference_doctype="Incident",
		reference_name=case.documents["Incident"],
		content=mention(attack, reader),
		comment_email=attack.people["officer"].user,
		comment_by="x",
	)


def test_only_who_may_read_a_case_is_mentioned_in_it(desks, attack, case):
	for reader in ("foreign_officer", "director", "manager", "system_manager", "strategist"):
		answer = comment(attack, case, reader).send(desks["officer"])
		assert answer.status_code == 417 and "kan inte nämnas" in said(answer), answer.text[:300]


def test_a_mention_tells_the_code_and_no_words_by_mail_and_in_the_desk(desks, attack, case, mailbox):
	assert comment(attack, case, "deputy").send(desks["officer"]).status_code == 200
	name, deputy = case.documents["Incident"], attack.people["deputy"]
	mail = mailbox.wait_for(deputy.user, lambda message: name in message.as_string())
	text = str(mail["Subject"]) + "".join(
		part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"
	)
	assert "hemligt" not in text and case.canary not in text
	assert mail["Subject"] == f"Du nämns i {name}"
	logs = method("frappe.desk.doctype.notification_log.notification_log.get_notification_logs").send(
		deputy.another_desk()
	)
	mine = [log for log in logs.json()["message"]["notification_logs"] if log["document_name"] == name]
	assert mine and "hemligt" not in json.dumps(mine)


def test_nobody_who_opens_cases_follows_one_by_mail(attack, case, stack):
	"""Frappe mails what changes in a followed document, word by word, and asks no permission."""
	from frappe.desk.form import document_follow

	officer, name = attack.people["officer"], case.documents["Incident"]
	wish = {"document_follow_notify": 1, "follow_created_documents": 1, "follow_commented_documents": 1}
	desk = officer.another_desk()
	assert ask("own settings", f"/api/resource/User/{officer.user}", "PUT", body=wish).send(desk).ok
	assert comment(attack, case, "deputy").send(desk).ok
	with site(stack):
		assert not document_follow.is_document_followed("Incident", name, officer.user)
		# Even a row from earlier is followed by nobody.
		frappe.get_doc({"doctype": "Document Follow", "ref_doctype": "Incident", "ref_docname": name, "user": officer.user}).db_insert()  # fmt: skip
		assert officer.user not in document_follow.get_user_list("Hourly") + document_follow.get_user_list(
			"Daily"
		)


def test_an_answer_that_shows_a_case_is_kept_by_no_cache(desks, attack, case, stack):
	name = case.documents["Incident"]
	for request in (
		ask("resource", f"/api/resource/Incident/{name}"),
		ask("list", "/api/resource/Incident", fields='["what_happened"]'),
		ask("print", "/printview", doctype="Incident", name=name),
		ask("file", case.file_url),
		method("frappe.desk.form.load.getdoc", doctype="Incident", name=name),
	):
		answer = request.send(desks["officer"])
		assert answer.ok and answer.headers["Cache-Control"] == "no-store", request.channel


# --- those whose right has just ended, with an open form, a session and cached pages


def test_an_officer_whose_duty_has_ended_a_moment_ago_gets_nothing_more(attack, case, stack):
	from hot_rutin.access import policy as access

	party = case_party(attack)
	leaver, name = new_person(stack, "Nyss Vakt", access.OFFICER), case.documents["Incident"]
	with site(stack):
		doc = frappe.get_doc("Political Party", party)
		doc.append("officers", {"user": leaver.user, "from_date": "2020-01-01", "is_deputy": 1})
		doc.save()
		frappe.db.commit()
	open_form = leaver.read("Incident", name)
	asks = [
		ask("document", f"/api/resource/Incident/{name}"),
		ask("list", "/api/resource/Incident", filters=json.dumps({"name": name})),
		ask("file", case.file_url),
		ask("print", "/printview", doctype="Incident", name=name),
		method("frappe.desk.form.load.get_docinfo", doctype="Incident", name=name),
	]
	assert all(case.canary in request.send(leaver.desk).text for request in asks if request.channel != "list")
	with site(stack):
		doc = frappe.get_doc("Political Party", party)
		doc.officers = [row for row in doc.officers if row.user != leaver.user]
		doc.save()
		frappe.db.commit()
	for request in asks:
		answer = request.send(leaver.desk)
		assert case.canary not in answer.text and (answer.status_code == 403 or not answer.json()["data"])
	answer = leaver.save(open_form)
	assert answer.status_code == 403 and case.canary not in answer.text


def test_a_disabled_account_s_session_and_key_end_with_it_and_it_is_told(attack, case, stack):
	from hot_rutin.access import policy as access

	person = new_person(stack, "Stängd Strateg", access.STRATEGIST)
	with site(stack):
		user = frappe.get_doc("User", person.user)
		user.api_key, user.api_secret = secrets.token_hex(8), "nyckel"
		user.save()
		frappe.db.commit()
		key = user.api_key
	contacted = next(c for c in attack.cases if (c.party, c.state) == ("A", "Follow-up"))
	request = ask("document", f"/api/resource/Incident/{contacted.documents['Incident']}")
	assert contacted.canary in request.send(person.desk).text
	guest = attack.desk("guest")
	guest.headers["Authorization"] = f"token {key}:nyckel"
	assert contacted.canary in request.send(guest).text
	admin = attack.desk("site_administrator")
	for enabled in (0, 1):
		answer = admin.put(f"/api/resource/User/{person.user}", json={"enabled": enabled})
		assert answer.ok, answer.text[:300]
		if not enabled:
			assert request.send(person.desk).status_code in (401, 403)
			assert request.send(guest).status_code in (401, 403)
	with site(stack):
		told = frappe.get_all("Access Change", {"user": person.user}, pluck="change")
	assert len([text for text in told if "inte längre" in text]) == 1, told
	assert len([text for text in told if "strateg" in text.lower()]) == 3, told


# --- whoever lets somebody in is seen


def wait_for_change(stack, user, word):
	for _try in range(240):
		if any(word in text for text in changes_of(stack, user)):
			return
		time.sleep(0.5)
	pytest.fail(f"{word} is not among {changes_of(stack, user)}")


def test_a_role_by_a_profile_is_logged_as_any_other(attack, stack, somebody):
	"""Also where the profile changes afterwards, for all who have it."""
	admin = attack.desk("site_administrator")
	profile = f"Profil {secrets.token_hex(3)}"
	made = admin.post("/api/resource/Role Profile", json={"role_profile": profile, "roles": [{"role": "Municipal Director"}]})  # fmt: skip
	assert made.ok, made.text[:300]
	assert admin.put(f"/api/resource/User/{somebody}", json={"role_profile_name": profile}).ok
	assert [text for text in changes_of(stack, somebody) if "Kommunchef" in text]
	more = [{"role": "Municipal Director"}, {"role": "Municipal Security Strategist"}]
	assert admin.put(f"/api/resource/Role Profile/{profile}", json={"roles": more}).ok
	wait_for_change(stack, somebody, "strateg")


def test_a_password_that_somebody_else_sets_is_logged_and_told_to_its_owner(attack, stack):
	from hot_rutin.access import policy as access

	user = new_person(stack, "Vera Vakt", access.OFFICER).user
	admin = attack.desk("site_administrator")
	for values in ({"new_password": secrets.token_urlsafe(12)}, {"api_key": "x" + secrets.token_hex(4), "api_secret": "y"}):  # fmt: skip
		assert admin.put(f"/api/resource/User/{user}", json=values).ok
	told = changes_of(stack, user)
	assert [t for t in told if "nytt lösenord" in t] and [t for t in told if "API-nyckel" in t], told
	with site(stack):
		told = recipients_of_last_mails()
	assert {user, attack.people["strategist"].user, attack.people["auditor"].user} <= told


def test_an_account_elsewhere_that_signs_in_is_logged(attack, stack):
	from hot_rutin.access import policy as access

	user = new_person(stack, "Elis Elsewhere", access.OFFICER).user
	logins = [{"provider": "office_365", "userid": secrets.token_hex(4)}]
	assert (
		attack.desk("site_administrator").put(f"/api/resource/User/{user}", json={"social_logins": logins}).ok
	)
	assert [text for text in changes_of(stack, user) if "någon annanstans" in text]


def test_whose_account_a_representative_s_cases_open_is_logged(attack, stack, somebody):
	representative = attack.world.representatives["stranger"]
	admin, owner = attack.people["administrator"], attack.people["stranger"].user
	for user in (somebody, owner):
		assert admin.put("Elected Representative", representative, user=user).status_code == 200
	assert len([text for text in changes_of(stack, somebody) if "konto för" in text]) == 2
	assert (
		len([text for text in changes_of(stack, owner) if "konto för" in text]) == 3
	)  # the first when it was made


# --- what the framework does by itself


def test_what_the_desk_does_not_show_is_read_by_nobody(desks, stack):
	"""Among it are the rows of the framework's own documents, for which it keeps no conditions: those of what waits for
	whom told everybody who had reported or moved a case, and when."""
	from hot_rutin.access.policy import READABLE

	with site(stack):
		hidden = set(frappe.get_all("DocType", pluck="name")) - {*READABLE, *PARENTS}
		rows = set(frappe.get_all("DocType", {"istable": 1}, pluck="name"))
	assert "Workflow Action Permitted Role" in hidden
	# The gate asks nobody who they are, so whoever may do most is enough.
	desk = desks["system_manager"]
	for doctype in sorted(hidden):
		parent = "Workflow Action" if doctype in rows else None
		for request in (
			method("frappe.client.get_list", doctype=doctype, parent=parent, fields=["*"]),
			method("frappe.desk.reportview.get", doctype=doctype, parent=parent, fields=["*"]),
			method("frappe.desk.search.search_link", doctype=doctype, txt=""),
			ask("resource", f"/api/resource/{doctype}"),
		):
			assert request.send(desk).status_code == 403, (doctype, request)


def test_nobody_names_a_case(desks, attack, case):
	"""A name that somebody has chosen is no code: whatever asks for codes would not see that a case is meant."""
	officer = attack.people["officer"]
	facts = {"event_on": "2026-01-01 10:00:00", "what_happened": "Hot", "__newname": "Eget namn"}
	representative = officer.read("Incident", case.documents["Incident"])["exposed_representative"]
	copy = {"incident": case.documents["Incident"], "grounds": "x", "__newname": "Kopia 1"}
	for doctype, values in (
		("Incident", {**facts, "exposed_representative": representative}),
		("Masked Copy", copy),
	):
		assert officer.create(doctype, **values).status_code == 403
		for way in ("frappe.client.insert", "frappe.desk.form.save.savedocs"):
			doc = {"doctype": doctype, "__islocal": 1, **values}
			assert method(way, doc=doc, action="Save").send(officer.another_desk()).status_code == 403


@pytest.mark.parametrize("page", ("app/incident?workflow_state=%s", "app/print/Incident/%s", "printview?doctype=Country&name=%s", "login?x=%s"))  # fmt: skip
def test_no_page_is_opened_whose_address_holds_markup(desks, page):
	"""The desk draws parts of its address: a link would run script in the desk of whoever follows it."""
	for markup in ("%3Cimg%20src%3Dx%3E", "<script>", "%253Cscript%253E"):
		assert desks["officer"].get("/" + page % markup).status_code == 403, (page, markup)


def test_no_comment_leads_to_such_a_page_and_no_print_view_draws_its_key(desks, case):
	for link in (
		'<a href="/app/incident?workflow_state=%3Cimg%20src%3Dx%3E">x</a>',
		'<a href="/app/print/Incident/%253Cscript%253E">x</a>',
		"[x](/app/print/Incident/%3Cscript%3E)",
		'<a href="//example.invalid/x">x</a>',
	):
		values = {
			"reference_doctype": "Incident",
			"reference_name": case.documents["Incident"],
			"content": link,
		}
		request = method("frappe.desk.form.utils.add_comment", **values, comment_email="x", comment_by="x")
		assert request.send(desks["officer"]).status_code == 417, link
	key = {"doctype": "Incident", "name": case.documents["Incident"], "key": 'x"y'}
	assert 'x"y' not in desks["officer"].get("/printview", params=key).text


def test_no_link_is_checked_by_what_stands_beside_it(desks, attack):
	"""`mails.told_as`, `user.last_ip`: what Frappe reads of a row or of a linked document, it reads past its conditions."""
	with site(attack.stack):
		representative = frappe.db.get_value("Elected Representative", {"user": ("is", "set")}, "name")
		reminder = frappe.db.get_value("Step Reminder", {}, "name")
	for doctype, name, field in (
		("Elected Representative", representative, "user.last_ip"),
		("Step Reminder", reminder, "mails.told_as"),
		("Step Reminder", reminder, "`tabReminder Mail`.told_as"),
	):
		request = method("frappe.client.validate_link", doctype=doctype, docname=name, fields=[field])
		answer = request.send(attack.desk("administrator"))
		assert answer.status_code == 403, (field, answer.text[:300])


def test_nobody_sees_how_another_s_desk_looks(desks, attack):
	for doctype in ("Dashboard Settings", "Notification Settings"):
		for request in (
			ask("resource", f"/api/resource/{doctype}/{attack.people['strategist'].user}"),
			method("frappe.desk.form.load.getdoc", doctype=doctype, name=attack.people["strategist"].user),
		):
			assert request.send(desks["officer"]).status_code == 403
