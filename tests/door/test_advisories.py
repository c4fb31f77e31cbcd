"""What Frappe's security advisories since August 2023 describe, sent to the unpatched snapshot as its most powerful readers:
nothing of it works. docs/advisories.md lists them all, with the ids that stand here.

A request has worked if the database or a template has put the two halves of `PROOF` together, if two requests that differ in
a condition are answered differently, if something is told that its reader may not read, or if anything was written.
"""

import io
import json
import re
import secrets
import tarfile
import threading
from dataclasses import replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import frappe
import pytest
from accounts import set_in_database, token
from answers import tells_of_the_inside
from attack import ask, masked, method
from paper import Paper
from uploads import upload
from world import Desk, forget_who_asked, new_person, said, site

REPOSITORY = Path(__file__).parents[2]
ID = re.compile(r"CVE-\d{4}-\d{4,}|GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}")
PROOF = "advproof"
# What is called so is ours, wherever it is found.
OURS = "advstray"
SELECTED = "concat('adv','proof')"
# An error where the condition holds, none where it does not: of the one word that differs, an answer must not tell.
TRUE, FALSE = "1=1", "1=2"
ERROR = f"if({TRUE},extractvalue(1,concat(0x7e,{SELECTED})),1)"
TEMPLATE = "{{ 'adv' ~ 'proof' }}{{ frappe.db.sql('select concat(\"adv\",\"proof\")') }}"
INCLUDE = "{% include '../../../../sites/common_site_config.json' %}"
# What no answer may hold: hashes of passwords, the site's configuration, the machine's accounts.
SECRET = re.compile(r"\$pbkdf2|db_password|encryption_key|root:[^:]*:0:0")
# Read by everybody who may sign in, or written by reading itself.
LOGS = {
	"Access Log",
	"Activity Log",
	"Error Log",
	"Incident Access Log",
	"Route History",
	"Scheduled Job Log",
}
INSIDERS = ("strategist", "officer", "system_manager", "site_administrator")
KEEPERS = ("system_manager", "site_administrator")
EVERYBODY = (*INSIDERS, "exposed", "plain", "guest")

GET_LIST = "frappe.client.get_list"
GET_VALUE = "frappe.client.get_value"
VIEW = "frappe.desk.reportview."
LISTS = (GET_LIST, f"{VIEW}get", f"{VIEW}get_list", f"{VIEW}get_count")
SEARCHES = ("frappe.desk.search.search_link", "frappe.desk.search.search_widget")
EVENTS = "frappe.desk.doctype.event.event.get_events"
PRINTING = "frappe.www.printview.get_html_and_style"

# The desk's page holds the framework's own words for its errors.
INSIDE_OF_PAGE = re.compile(r"Traceback \(most|pymysql|SQL syntax")

TRIED = {}


def joined(ids):
	return ids.replace(" ", "+")


def tried(*ids, readers=INSIDERS):
	"""The decorated function gives the requests of these advisories, for a case."""

	def add(requests):
		TRIED[" ".join(ids)] = (requests, readers)
		return requests

	return add


def by_itself(*ids):
	"""A test of its own for these advisories."""
	TRIED[" ".join(ids)] = None
	return pytest.mark.parametrize("advisory", [" ".join(ids)], ids=joined)


def create(doctype, **values):
	return ask("new", f"/api/resource/{doctype}", "POST", body={"doctype": doctype, **values})


# --- lists: the parts of a query


@tried("CVE-2025-56380")
def fields_of_a_value(case):
	for field in (SELECTED, f"{SELECTED} as x", f"name, {SELECTED}", ERROR, "password`, (select 1)", "(select password from __Auth limit 1)"):  # fmt: skip
		for doctype in ("User", "Incident"):
			yield method(GET_VALUE, doctype=doctype, fieldname=field, filters={"name": ["like", "%"]})
			yield method(GET_VALUE, doctype=doctype, fieldname=[field], filters={"name": ["like", "%"]})
	yield method(GET_VALUE, doctype="User", fieldname="name", filters={f"name` like '%' or {ERROR} -- ": "x"})


@tried("CVE-2025-56381")
def sorting_and_grouping(case):
	for called in (GET_LIST, f"{VIEW}get", f"{VIEW}get_list"):
		for doctype in ("User", "Incident"):
			listed = {"doctype": doctype, "fields": ["name"]}
			for part in (ERROR, f"name, {ERROR}", f"(select {ERROR})", f"name having {ERROR}"):
				yield method(called, **listed, order_by=part)
				yield method(called, **listed, group_by=part)
			yield method(called, **listed, order_by=f"if({TRUE},name,owner) desc")
			yield method(called, **listed, group_by=f"if({TRUE},name,owner)")


@tried("CVE-2026-55823")
def counting(case):
	for called in (f"{VIEW}get_count", "frappe.client.get_count"):
		for doctype in ("User", "Incident", f"User` where {ERROR} -- ", f"User`, `__Auth` where {ERROR} -- "):
			yield method(called, doctype=doctype, distinct=f"true), {ERROR} -- ", filters=[])
			yield method(called, doctype=doctype, fields=[f"{ERROR} as n"], filters=[], limit=ERROR)
			yield method(called, doctype=doctype, filters=[[doctype, f"name`) or {ERROR} -- ", "=", "x"]])
			yield method(called, doctype=doctype, filters={f"{ERROR}": "x"})
		yield method(
			called, doctype="Incident", filters=[["Incident", f"if({TRUE},name,owner)", "like", "%"]]
		)


# Which method took which part is not public for most; every part of every list is tried.
FIELDS = (
	SELECTED,
	f"{SELECTED} as x",
	f"(select {SELECTED}) as x",
	f"/**/{SELECTED}/**/as x",
	f"name, {SELECTED} as x",
	f"name` , {SELECTED} as `x",
	f"count({ERROR})",
	f"ifnull(null,{SELECTED}) as x",
	"`__Auth`.`password`",
	"`tabUser`.`reset_password_key`",
	f"name from `tabUser` union select {SELECTED} -- ",
)
FILTERS = (
	[["name", f"= '' or {ERROR} -- ", "x"]],
	[["name`", "=", "x"]],
	[[f"name`='' or {ERROR} -- ", "=", "x"]],
	[[f"User` join __Auth on {ERROR} -- ", "name", "=", "x"]],
	[["name", "in", [f"') or {ERROR} -- "]]],
	[["name", "between", [f"' or {ERROR} -- ", "x"]]],
	[["creation", "timespan", f"' or {ERROR} -- "]],
	[["name", "descendants of", f"' or {ERROR} -- "]],
	[["name", "=", f"%(start).1s or {ERROR} -- "]],
	[["name", "like", f"\\' or {ERROR} -- "]],
	{"name": [f"in ('') or {ERROR} or name in", "x"]},
	{f"name`='' or {ERROR} -- ": "x"},
)


@tried(
	"CVE-2023-41328",
	"CVE-2024-24813",
	"CVE-2025-30212",
	"CVE-2025-30217",
	"CVE-2025-52895",
	"CVE-2025-55731",
	"CVE-2025-55732",
	"CVE-2025-66205",
	"CVE-2026-29081",
	"CVE-2026-31877",
	readers=("strategist", "system_manager", "guest"),
)
def every_part_of_every_list(case):
	for called in (*LISTS, f"{VIEW}export_query", f"{VIEW}get_sidebar_stats", *SEARCHES):
		listed = {"doctype": "User", "txt": "", "stats": ["_user_tags"], "file_format_type": "CSV"}
		for field in FIELDS:
			for parameter in ("fields", "stats", "filter_fields"):
				yield method(called, **{**listed, parameter: [field]})
			yield method(called, **listed, searchfield=field)
		for filters in FILTERS:
			yield method(called, **listed, filters=filters)
			yield method(called, **listed, or_filters=filters)
		for parameter in ("limit", "limit_start", "limit_page_length", "start", "page_length"):
			yield method(called, **listed, **{parameter: f"1 procedure analyse({ERROR},1)"})
		for parameter in ("parent", "parent_doctype", "doctype", "with_comment_count", "distinct", "view"):
			yield method(called, **{**listed, parameter: f"User` where {ERROR} -- "})
	for field in FIELDS:
		yield ask("resource", "/api/resource/User", fields=[field])
		yield ask("resource", "/api/resource/Incident", fields=[field], as_dict="0")
	for filters in FILTERS:
		yield ask("resource", "/api/resource/User", filters=filters)
		yield ask("resource", "/api/resource/Incident", or_filters=filters)
		yield method("frappe.desk.doctype.number_card.number_card.get_result", doc={"name": "x", "document_type": "User", "function": "Count"}, filters=filters)  # fmt: skip
		yield method("frappe.desk.query_report.run", report_name="Routine Compliance", filters=filters)
		yield method("frappe.desk.listview.get_group_by_count", doctype="User", current_filters=filters, field=SELECTED)  # fmt: skip
	for called in SEARCHES:
		for filters in ({"name": ["like", f"%(txt).1s or {ERROR} -- "]}, [["User", "name", "=", f"%(txt).1s or {ERROR} -- "]]):  # fmt: skip
			yield method(
				called,
				doctype="User",
				txt="a",
				query="frappe.core.doctype.user.user.user_query",
				filters=filters,
			)
	yield ask("resource", "/api/resource/User", order_by=ERROR, limit_page_length=ERROR)


@tried("CVE-2026-114664")
def events(case):
	day = {"start": "2026-11-01", "end": "2026-11-30"}
	for value in ("%(start).1s", f"%(start).1s or {ERROR} -- ", f"%(user).1s or {ERROR} -- "):
		for filters in ({"subject": ["like", value]}, [["Event", "subject", "=", value]], {value: "x"}):
			yield method(EVENTS, **day, filters=filters)
		yield method(EVENTS, start=value, end=value)
		yield method(EVENTS, **day, user=value)
		yield method(EVENTS, **day, for_reminder=value)


@tried("CVE-2025-52048", "CVE-2025-58375")
def tags(case):
	for called in ("add_tag", "remove_tag", "add_tags", "get_tagged_docs", "get_tags"):
		for doctype in ("Incident", f"User` where {ERROR} -- ", f"User` set full_name={SELECTED} -- "):
			yield method(f"frappe.desk.doctype.tag.tag.{called}", tag="x", dt=doctype, dn="x", tags=["x"], docs=["x"], doctype=doctype, txt="")  # fmt: skip


@tried("CVE-2026-35614")
def many_at_once(case):
	docs = [{"doctype": "User", "docname": "Administrator", "full_name": "x"}]
	for sent in (docs, [{**docs[0], f"full_name`={SELECTED} -- ": "x"}], [{"doctype": f"User` where {ERROR} -- ", "docname": "x"}]):  # fmt: skip
		yield method("frappe.client.bulk_update", docs=sent)
		yield method("frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs", doctype=sent[0]["doctype"], docnames=["Administrator"], action="update", data=sent[0])  # fmt: skip
	yield create("Bulk Update", document_type="User", field="full_name", update_value="x", condition=f"1=1 or {ERROR}")  # fmt: skip


@tried("GHSA-w8g7-j846-j248")
def the_other_methods_of_lists(case):
	for called in ("get_stats", "get_filter_dashboard_data", "save_report", "delete_report", "get_user_recent_filters"):  # fmt: skip
		yield method(VIEW + called, doctype="Incident", stats=[["what_happened", "Data"]], filters=[], name="Incident Statistics", report_settings={"x": 1})  # fmt: skip


@tried("GHSA-wx8j-cw4r-vrhv", readers=KEEPERS)
def queries_of_reports(case):
	for query in (f"select {SELECTED} into outfile '/tmp/{OURS}'", f"select {SELECTED}"):
		yield create("Report", report_name="x", ref_doctype="User", report_type="Query Report", is_standard="No", query=query)  # fmt: skip
		yield ask("change", "/api/resource/Report/Access Log", "PUT", body={"query": query, "report_type": "Query Report"})  # fmt: skip
		yield create("System Console", type="SQL", console=query, show_processlist=0)
		yield method("frappe.desk.doctype.system_console.system_console.execute_code", doc={"doctype": "System Console", "type": "SQL", "console": query})  # fmt: skip


# --- what somebody reads by the way


@tried("CVE-2026-66003", readers=("director", "strategist", "officer", "system_manager"))
def fields_of_linked_documents(case):
	report, linked = case.documents["Police Report"], ["incident.what_happened", "incident.evidence_note"]
	for fields in (linked, ["`tabIncident`.`what_happened`"], ["incident.owner as x"], ["incident.exposed_representative"]):  # fmt: skip
		yield ask("resource", "/api/resource/Police Report", fields=fields)
		for called in LISTS:
			yield method(called, doctype="Police Report", fields=fields, filters=[["name", "=", report]])
	yield method(GET_LIST, doctype="Police Report", filters=[["Incident", "what_happened", "like", "%"]])
	yield method(GET_LIST, doctype="Police Report", order_by="incident.what_happened")
	yield method(GET_LIST, doctype="Incident", fields=["owner.reset_password_key", "owner.api_key"])


@tried("CVE-2026-39351", readers=("director", "strategist", "system_manager", "guest"))
def links_that_are_expanded(case):
	for parameter, value in (("expand_links", "true"), ("expand", '["incident"]'), ("expand_links", "1")):
		yield ask(
			"resource", f"/api/resource/Police Report/{case.documents['Police Report']}", **{parameter: value}
		)
		yield ask(
			"resource", "/api/resource/Police Report", fields=["name", "incident"], **{parameter: value}
		)
		yield ask(
			"v2", f"/api/v2/document/Police Report/{case.documents['Police Report']}", **{parameter: value}
		)
		yield ask("resource", "/api/resource/User", fields=["*"], **{parameter: value})


@tried("CVE-2025-30214", readers=("plain", "officer", "system_manager", "guest"))
def keys_of_accounts(case):
	for field in ("reset_password_key", "api_secret", "last_reset_password_key_generated_on"):
		for called in (*LISTS, GET_VALUE):
			yield method(
				called, doctype="User", fields=[field], fieldname=field, filters={"name": ["like", "%"]}
			)
			yield method(
				called, doctype="User", fields=["name"], fieldname="name", filters={field: ["like", "a%"]}
			)
			yield method(
				called,
				doctype="User",
				fields=["name"],
				fieldname="name",
				filters={"name": "x"},
				order_by=field,
			)
		yield ask("resource", "/api/resource/User", fields=["name", field])
		for called in SEARCHES:
			yield method(called, doctype="User", txt="a", searchfield=field, filter_fields=[field])
	for table in ("__Auth", "Auth", "Sessions", "Singles", "DefaultValue"):
		yield method(GET_LIST, doctype=table, fields=["*"])
		yield ask("resource", f"/api/resource/{table}", fields=["*"])


@tried("GHSA-gvg7-4p32-j648", readers=("foreign_officer", "former_officer", "plain", *KEEPERS, "guest"))
def files_of_others(case):
	address, name = case.files["Incident"]
	yield ask("file", address)
	yield ask("file", address.replace("/private/", "/private/../private/"))
	yield ask("file", address.replace("/private/files", "/files/../private/files"))
	yield ask("file", "/api/method/download_file", file_url=address)
	yield ask("file", "/api/method/frappe.core.doctype.file.file.download_file", file_url=address)
	yield ask("file", f"/api/resource/File/{name}")
	yield ask("file", "/api/method/run_doc_method", dt="File", dn=name, method="get_content")
	yield method("run_doc_method", dt="File", dn=name, method="get_content")
	yield create("File", file_url=address, file_name="x.txt", is_private=1)
	yield method("upload_file", file_url=address, file_name="x.txt", is_private="0")
	yield method(
		"frappe.core.api.file.get_attached_images", doctype="Incident", names=[case.documents["Incident"]]
	)


@tried("CVE-2024-27105", readers=("foreign_officer", "former_officer", "plain", *KEEPERS))
def files_deleted_or_copied(case):
	address, name = case.files["Incident"]
	yield method("frappe.client.delete", doctype="File", name=name)
	yield method("frappe.desk.form.utils.remove_attach", fid=name)
	yield method(f"{VIEW}delete_items", doctype="File", items=[name])
	yield ask("file", f"/api/resource/File/{name}", "DELETE")
	yield method(
		"frappe.core.api.file.move_file", file_list=[{"name": name}], new_parent="Home", old_parent="Home"
	)
	yield method("frappe.core.api.file.unzip_file", name=name)
	yield method("run_doc_method", dt="File", dn=name, method="optimize_file")
	yield method("run_doc_method", docs={"doctype": "File", "name": name}, method="make_thumbnail")
	yield method("frappe.client.insert", doc={"doctype": "File", "file_url": address, "file_name": "x.txt", "attached_to_doctype": "User", "attached_to_name": "Guest"})  # fmt: skip


@tried("GHSA-fwrv-4rw4-97fw", readers=("foreign_officer", "former_officer", "plain", *KEEPERS))
def files_attached_to_others(case):
	_address, name = case.files["Incident"]
	for doctype, document in (*case.documents.items(), ("User", "Administrator")):
		to = {"doctype": doctype, "docname": document}
		yield method("frappe.client.attach_file", filename=f"{OURS}.txt", filedata="eA==", decode_base64="1", is_private="1", **to)  # fmt: skip
		yield method(
			"frappe.utils.file_manager.add_attachments", doctype=doctype, name=document, attachments=[name]
		)
		yield method("frappe.core.doctype.communication.email.make", name=document, attachments=[name], subject="x", content="x", recipients="x@example.invalid", send_email="1", doctype=doctype)  # fmt: skip
		yield method("upload_file", file_url=f"/files/{OURS}.txt", file_name="x.txt", is_private="1", **to)
		yield create("File", file_name=f"{OURS}.txt", content="x", is_private=1, attached_to_doctype=doctype, attached_to_name=document)  # fmt: skip


@tried("CVE-2026-134370", readers=("plain", "officer", *KEEPERS))
def files_of_the_server(case):
	for path in ("/files/../../site_config.json", "/private/files/../../site_config.json", "file:///etc/passwd", "/etc/passwd", "/files/..%2f..%2fsite_config.json", "../../../../etc/passwd", "/assets/../site_config.json"):  # fmt: skip
		yield method("upload_file", file_url=path, file_name="x.txt", is_private="0")
		yield create("File", file_url=path, file_name=path, is_private=0)
		yield create("File", file_name=path, folder="Home", is_private=1)
		yield ask("file", "/api/method/download_file", file_url=path)
		yield ask("picture", "/api/resource/User/Administrator", "PUT", body={"user_image": path})
		yield method("frappe.core.doctype.communication.email.make", content="x", subject="x", recipients="x@example.invalid", send_email="1", attachments=[{"file_url": path}])  # fmt: skip


# --- templates and code


@tried("CVE-2025-68929", "CVE-2026-82634", readers=("officer", "strategist", *KEEPERS))
def templates_in_a_print(case):
	name = case.documents["Incident"]
	doc = {"doctype": "Incident", "name": name, "what_happened": TEMPLATE}
	given = {
		"doctype": "Print Format",
		"name": "x",
		"html": TEMPLATE,
		"custom_format": 1,
		"doc_type": "Incident",
	}
	for print_format in (TEMPLATE, given, "Standard"):
		yield method(PRINTING, doc=doc, name=name, print_format=print_format)
		yield method(PRINTING, doc="Incident", name=name, print_format=print_format, letterhead=TEMPLATE, settings={"x": TEMPLATE}, style=TEMPLATE)  # fmt: skip
		yield ask(
			"page", "/printview", doctype="Incident", name=name, format=print_format, letterhead=TEMPLATE
		)
		yield ask(
			"page", "/printview", doctype="Incident", name=name, style=TEMPLATE, settings={"x": TEMPLATE}
		)
	yield ask("page", "/printpreview", doctype="Incident", name=name, print_format=TEMPLATE)
	yield ask("page", f"/{TEMPLATE}")
	for called in (
		"print_format_generator.render_jinja_template",
		"weasyprint.get_html",
		"jinja.render_template",
	):
		yield method(
			f"frappe.utils.{called}", template=TEMPLATE, doctype="Incident", name=name, print_format=TEMPLATE
		)
	yield method(
		"frappe.email.doctype.email_template.email_template.get_email_template", template_name="x", doc=doc
	)
	yield method("frappe.email.get_contact_list", txt=TEMPLATE)


@tried("CVE-2025-66438", "CVE-2026-119144", "CVE-2025-66437", readers=KEEPERS)
def templates_that_are_stored(case):
	yield create("Print Format", name="x", doc_type="Incident", custom_format=1, standard="No", print_format_type="Jinja", html=TEMPLATE)  # fmt: skip
	yield ask("change", "/api/resource/Print Format/Case Dossier", "PUT", body={"html": TEMPLATE})
	yield create("Letter Head", letter_head_name="x", source="HTML", content=TEMPLATE)
	yield create(
		"Email Template", name="x", subject=TEMPLATE, response=TEMPLATE, use_html=1, response_html=TEMPLATE
	)
	yield create(
		"Notification", name="x", document_type="User", event="New", subject=TEMPLATE, message=TEMPLATE
	)
	yield create("Address Template", country="Sweden", template=TEMPLATE)
	yield create("Auto Email Report", report="Access Log", user="Administrator", email_to="x@example.invalid", description=TEMPLATE)  # fmt: skip
	yield create("Newsletter", subject=TEMPLATE, content_type="Rich Text", message=TEMPLATE)
	yield create("Web Page", title="x", route=OURS, dynamic_template=1, main_section=TEMPLATE, published=1)
	yield method(
		"frappe.contacts.doctype.address.address.get_address_display", address_dict={"country": TEMPLATE}
	)
	for doctype in ("Notification", "Email Template", "Print Format", "Address Template"):
		for called in (
			"preview_message",
			"preview_subject",
			"get_formatted_email",
			"generate_preview",
			"preview",
		):
			yield method("run_doc_method", docs={"doctype": doctype, "name": "x", "message": TEMPLATE, "subject": TEMPLATE}, method=called)  # fmt: skip


@tried("CVE-2025-30213", "CVE-2023-54345", "CVE-2023-54406", readers=KEEPERS)
def documents_that_run(case):
	code = "frappe.log_error('adv' + 'proof')\n[g.gi_frame for g in [(1 for _ in [1])]]"
	yield create("Server Script", name="x", script_type="API", api_method=OURS, allow_guest=1, script=code)
	yield method(OURS)
	yield create("System Console", type="Python", console=code)
	yield create("Client Script", name="x", dt="User", script=code, enabled=1)
	yield create("Report", report_name="x", ref_doctype="User", report_type="Script Report", is_standard="No", report_script=code)  # fmt: skip
	yield create("Scheduled Job Type", method="os.getcwd", frequency="All")
	yield create("Webhook", webhook_doctype="User", webhook_docevent="on_update", request_url="http://127.0.0.1:9", condition=code)  # fmt: skip
	yield create("Assignment Rule", name="x", document_type="ToDo", description="x", assign_condition=code, rule="Round Robin", users=[{"user": "Administrator"}], assignment_days=[{"day": "Monday"}])  # fmt: skip
	yield create("DocType", name="X", module="Core", custom=1, fields=[{"fieldname": "x", "fieldtype": "Data", "label": "x"}])  # fmt: skip
	yield create("Custom Field", dt="User", fieldname="x", fieldtype="Data", label="x", options=code, depends_on=f"eval:{code}")  # fmt: skip
	yield create("Property Setter", doctype_or_field="DocField", doc_type="User", field_name="bio", property="options", value=code)  # fmt: skip
	yield create("Document Naming Rule", document_type="ToDo", prefix="x", conditions=[{"field": "x", "condition": "=", "value": code}])  # fmt: skip
	yield create("Web Template", name="x", type="Section", template=TEMPLATE)
	yield create("Page", page_name=OURS, title="x", module="Core", standard="Yes")
	yield create("Module Def", module_name="X", app_name="frappe", custom=0)
	yield method("frappe.core.doctype.server_script.server_script.execute_api_server_script")


@tried("CVE-2026-39352", readers=KEEPERS)
def files_that_a_script_includes(case):
	yield create("Report", report_name="x", ref_doctype="User", report_type="Query Report", is_standard="No", query="select 1", javascript=INCLUDE)  # fmt: skip
	yield ask("change", "/api/resource/Report/Access Log", "PUT", body={"javascript": INCLUDE})
	yield create("Client Script", name="x", dt="User", script=INCLUDE, enabled=1)
	yield create("Custom HTML Block", name="x", html=INCLUDE, script=INCLUDE)
	yield method("frappe.desk.query_report.get_script", report_name=INCLUDE)
	yield method("frappe.desk.query_report.get_script", report_name="../../../../sites/common_site_config")
	yield method(
		"frappe.client.get_js", items=["../../sites/common_site_config.json", "frappe/../../../etc/passwd"]
	)
	yield method("frappe.desk.desk_page.getpage", name="../../../../sites/common_site_config")
	yield method("frappe.desk.form.load.getdoctype", doctype="../../sites/common_site_config")


@tried("CVE-2026-55852", readers=KEEPERS)
def packages(case):
	told = io.BytesIO()
	with tarfile.open(fileobj=told, mode="w:gz") as archive:
		archive.addfile(tarfile.TarInfo(f"../../../../{OURS}.py"), io.BytesIO())
	yield ask("upload", "/api/method/upload_file", "POST", body={"filename": "x-1.tar.gz", "filedata": told.getvalue().hex()})  # fmt: skip
	yield create("Package Import", attach_package="/files/x-1.tar.gz", activate=1, force=1)
	yield create("Package", package_name="X", readme="x", license_type="MIT License")


# --- methods that ask nobody


@tried("CVE-2026-44208", readers=EVERYBODY)
def discussions(case):
	for doctype, name in case.documents.items():
		yield method("frappe.website.doctype.discussion_topic.discussion_topic.submit_discussion", doctype=doctype, docname=name, reply="x", title="x", topic_name=None)  # fmt: skip
	yield create("Discussion Topic", title="x", reference_doctype="User", reference_docname="Administrator")
	yield create("Discussion Reply", topic="x", reply="x")


@tried("CVE-2026-44976", readers=EVERYBODY)
def onboarding_steps(case):
	for field in ("is_complete", "owner", "action"):
		yield method("frappe.desk.desktop.update_onboarding_step", name="x", field=field, value="1")
	yield create("Onboarding Step", title="x", action="Create Entry", reference_document="User")
	yield method("frappe.desk.desktop.get_onboarding_data", module="Core")


@tried("GHSA-9cxj-48g3-jx22", readers=EVERYBODY)
def form_tours(case):
	for called in ("reset_tour", "mark_as_complete", "get_onboarding_ui_tours"):
		yield method(f"frappe.desk.doctype.form_tour.form_tour.{called}", tour_name="x", tour="x")
	yield method("frappe.desk.doctype.form_tour_step.form_tour_step.get_fields", doctype="Incident", txt="")


@tried("CVE-2026-47765", readers=EVERYBODY)
def deleted_documents(case):
	name = case.rows["Deleted Document"]
	where = "frappe.core.doctype.deleted_document.deleted_document"
	yield method(f"{where}.restore", name=name, alert="0")
	yield method(f"{where}.bulk_restore", docnames=[name])
	yield ask("row", f"/api/resource/Deleted Document/{name}")


@tried("CVE-2026-47185", "CVE-2026-49394", readers=("strategist", "exposed", *KEEPERS))
def workspaces(case):
	where, markup = "frappe.desk.doctype.workspace.workspace", "<img src=x onerror=x()>"
	for title in ("Hot-rutinen", "Home", "Users"):
		yield method(f"{where}.update_page", name=title, title=markup, icon="x", parent="", public="1")
		yield method(f"{where}.save_page", title=title, name=title, public="1", new_widgets={}, blocks=json.dumps([{"type": "paragraph", "data": {"text": markup}}]))  # fmt: skip
		yield method(f"{where}.hide_page", page_name=title)
		yield method(f"{where}.delete_page", page={"name": title, "title": title, "public": 1})
		yield method(f"{where}.duplicate_page", page_name=title, new_page={"title": OURS, "is_public": 1})
		yield ask(
			"change", f"/api/resource/Workspace/{title}", "PUT", body={"content": markup, "title": markup}
		)
	yield method(f"{where}.new_page", new_page={"title": "x", "public": 1, "content": "[]"})
	yield create("Workspace", title="x", label="x", public=1, content="[]")


@tried("CVE-2026-134371", readers=EVERYBODY)
def telephone_numbers(case):
	yield method("frappe.core.doctype.sms_settings.sms_settings.get_contact_number", contact_name="x", ref_doctype="User", ref_name="Administrator")  # fmt: skip
	yield method("frappe.core.doctype.sms_settings.sms_settings.send_sms", receiver_list=["1"], msg="x")
	yield method(GET_LIST, doctype="Contact", fields=["name", "mobile_no", "phone"])


@tried("CVE-2026-29077", readers=("officer", "strategist", "exposed", *KEEPERS))
def shares(case):
	for doctype, name in (*case.documents.items(), ("User", "Administrator")):
		yield method(
			"frappe.share.add", doctype=doctype, name=name, user="Guest", read="1", write="1", share="1"
		)
		yield method(
			"frappe.share.set_permission", doctype=doctype, name=name, user="Guest", permission_to="write"
		)
		yield method("frappe.desk.form.assign_to.add", assign_to=["Guest"], doctype=doctype, name=name)
		yield create("DocShare", share_doctype=doctype, share_name=name, everyone=1, read=1, write=1)
		yield method(
			"frappe.desk.form.document_follow.follow_document", doctype=doctype, doc_name=name, user="Guest"
		)


@tried("CVE-2023-54410", readers=("officer", "strategist", "exposed", *KEEPERS))
def names_of_documents(case):
	for doctype, name in case.documents.items():
		yield method("frappe.client.rename_doc", doctype=doctype, old_name=name, new_name="H-AAAA-AAAA")
		yield method("frappe.model.rename_doc.update_document_title", doctype=doctype, docname=name, name="H-AAAA-AAAA", title="x", enqueue="0")  # fmt: skip
		yield method("frappe.model.rename_doc.bulk_rename", doctype=doctype, rows=[[name, "H-AAAA-AAAA"]])


@tried("CVE-2026-63654")
def approvals_by_a_link(case):
	incident, report = case.documents["Incident"], case.documents["Police Report"]
	called = "/api/method/frappe.model.workflow.bulk_workflow_approval"
	for verb in ("GET", "POST"):
		sent = {"docnames": json.dumps([report]), "doctype": "Police Report", "action": "Approve"}
		yield ask("bulk", called, verb, **sent)
	for doctype, name, action in (
		("Police Report", report, "Approve"),
		("Incident", incident, "Contact Strategist"),
	):
		stored = json.dumps({"doctype": doctype, "name": name})
		yield ask("link", "/api/method/frappe.model.workflow.apply_workflow", doc=stored, action=action)
		yield ask("cmd", "/", cmd="frappe.model.workflow.apply_workflow", doc=stored, action=action)
		for verb in ("GET", "POST"):
			where = "/api/method/frappe.workflow.doctype.workflow_action.workflow_action."
			yield ask("mail", f"{where}apply_action", verb, action=action, doctype=doctype, docname=name, current_state="Requested")  # fmt: skip
			yield ask("mail", f"{where}confirm_action", verb, action=action, doctype=doctype, docname=name, user="Administrator")  # fmt: skip


@tried("CVE-2026-137550", readers=("foreign_officer", "former_officer", "director", "plain", *KEEPERS))
def documents_updated(case):
	for doctype, name in (*case.documents.items(), ("User", "Administrator")):
		for values in ({"docstatus": 1}, {"docstatus": 2}, {"workflow_state": "Closed"}):
			if doctype == "User" and "docstatus" not in values:
				continue
			yield ask("put", f"/api/resource/{doctype}/{name}", "PUT", body=values)
			yield ask("v2", f"/api/v2/document/{doctype}/{name}", "PATCH", body=values)
			yield ask("v2", f"/api/v2/document/{doctype}/{name}/method/update", "POST", body=values)
			yield method("run_doc_method", dt=doctype, dn=name, method="update", args=json.dumps(values))
			yield method("run_doc_method", docs={"doctype": doctype, "name": name, **values}, method="submit")
			yield method("frappe.client.save", doc={"doctype": doctype, "name": name, **values})
			yield method("frappe.desk.form.save.savedocs", doc={"doctype": doctype, "name": name, **values}, action="Submit")  # fmt: skip
		yield method("frappe.client.submit", doc={"doctype": doctype, "name": name})
		yield method("frappe.client.cancel", doctype=doctype, name=name)
		yield method("frappe.desk.form.save.cancel", doctype=doctype, name=name)


@tried("CVE-2026-66001", readers=(*INSIDERS, "guest"))
def grants_to_other_systems(case):
	client = {
		"client_id": "x",
		"response_type": "code",
		"redirect_uri": "http://example.invalid",
		"scope": "all",
	}
	for called in ("approve", "authorize", "get_token", "revoke_token", "introspect_token", "openid_profile"):
		for verb in ("GET", "POST"):
			yield ask("oauth", f"/api/method/frappe.integrations.oauth2.{called}", verb, **client)
	yield create("OAuth Client", app_name="x", scopes="all", redirect_uris="http://example.invalid", default_redirect_uri="http://example.invalid")  # fmt: skip


@tried("CVE-2026-42219", "CVE-2025-66206", "CVE-2025-68953", readers=EVERYBODY)
def paths_out_of_the_folders(case):
	for folder in ("backups", "private/backups", "files", "private/files", "assets", "app", "assets/frappe"):
		for way in ("../" * 4, "..%2f" * 4, "%2e%2e/" * 4, "..\\" * 4, "....//" * 3, "../"):
			yield ask("path", f"/{folder}/{way}site_config.json")
			yield ask("path", f"/{folder}/{way}etc/passwd")


@tried("CVE-2025-52896", readers=KEEPERS)
def imports(case):
	where = "frappe.core.doctype.data_import.data_import"
	yield create(
		"Data Import", reference_doctype="User", import_type="Insert New Records", import_file="/files/x.csv"
	)
	for called in (
		"get_preview_from_template",
		"form_start_import",
		"download_template",
		"download_errored_template",
	):
		yield method(f"{where}.{called}", data_import="x", import_file="/private/files/<img src=x onerror=x()>.csv", google_sheets_url="http://127.0.0.1:9", doctype="User", data_import_name="x")  # fmt: skip


@tried("CVE-2026-50699", "CVE-2026-50703", "CVE-2026-50709", "CVE-2026-50710", "CVE-2026-50711", "CVE-2026-50712", readers=("strategist", "exposed", "plain", *KEEPERS))  # fmt: skip
def markup_in_what_the_desk_draws(case):
	markup = "<img src=x onerror=x()>"
	yield create("Auto Repeat", reference_doctype="ToDo", reference_document=markup, frequency="Daily", start_date="2027-01-01")  # fmt: skip
	yield create("Desktop Icon", label=markup, module_name=markup, type="link", link=markup, standard=0)
	yield create("Event", subject=markup, starts_on="2027-01-01", event_type="Public")
	yield create("Number Card", label=markup, document_type="User", function="Count", filters_json="[]", dynamic_filters_json='[["x"]]', type="Document Type")  # fmt: skip
	yield method("frappe.desk.doctype.number_card.number_card.create_number_card", args={"label": markup, "document_type": "User"})  # fmt: skip
	yield create("ToDo", description=markup)
	yield method("frappe.desk.treeview.add_node", doctype="File", file_name=markup, is_root="true")
	yield create("File", file_name=markup, is_folder=1, folder="Home")
	yield method("frappe.core.api.file.create_new_folder", file_name=markup, folder="Home")
	yield create("Tag", name=markup)


# --- all of these


@pytest.fixture(scope="module")
def case(attack):
	"""A case of party A that has every document."""
	return next(c for c in attack.cases if (c.party, c.state) == ("A", "Support and Information"))


@pytest.fixture(scope="module")
def watched(stack):
	"""What is compared before and after: the names of the site's tables but for its logs."""
	with site(stack):
		# And the counters of these; a worker makes the contacts of new accounts.
		kept = LOGS | {"User", "Sessions", "Contact", "Contact Email"}
		tables = frappe.db.get_tables()
		return [
			table for table in tables if table.removeprefix("tab") not in kept and not table.endswith("_seq")
		]


def stored(stack, tables):
	"""A sum of each table, and what stands in accounts: signing in and asking write there when that was."""
	account = "name, modified, enabled, full_name, user_image, reset_password_key, api_key, user_type"
	with site(stack):
		sums = frappe.db.sql("checksum table " + ", ".join(f"`{table}`" for table in tables))
		return {*sums, *frappe.db.sql(f"select {account} from tabUser")}


def stray_files(stack):
	"""Files of ours outside the folders for files."""
	private = stack.sites / stack.site
	folders = (
		Path("/tmp"),
		stack.sites.parent,
		stack.sites,
		private,
		private / "private",
		private / "public",
	)
	return [path for folder in folders for path in folder.glob(f"*{OURS}*")]


def check(attack, reader, request, answer):
	"""An answer is none of an error, and tells nothing that the reader may not know, nor of the inside."""
	told = f"{reader}: {request}: {answer.status_code} {answer.text[:300]}"
	assert answer.status_code < 500, told
	is_page = "html" in answer.headers.get("Content-Type", "")
	assert not (INSIDE_OF_PAGE.search(answer.text) if is_page else tells_of_the_inside(answer)), told
	assert PROOF not in answer.text and not SECRET.search(answer.text), told
	for case in attack.cases:
		for doctype, word in case.words.items():
			assert attack.may_see(reader, case, doctype) or word not in answer.text, told


def with_condition_false(request):
	def turned(text):
		return text.replace(TRUE, FALSE) if isinstance(text, str) else text

	params = tuple((key, turned(value)) for key, value in request.params)
	return replace(request, path=turned(request.path), params=params, body=turned(request.body))


@pytest.mark.parametrize("advisory", [ids for ids, asked in TRIED.items() if asked], ids=joined)
def test_the_request_of_an_advisory_does_nothing(attack, stack, case, watched, advisory):
	requests, readers = TRIED[advisory]
	desks = {reader: attack.desk(reader) for reader in readers}
	before = stored(stack, watched)
	for reader, desk in desks.items():
		for request in requests(case):
			answer = request.send(desk)
			check(attack, reader, request, answer)
			if TRUE in str(request):
				other = with_condition_false(request).send(desk)
				assert masked(other) == masked(answer), f"{reader}: a condition is answered: {request}"
	changed = stored(stack, watched) ^ before
	assert not changed
	assert not stray_files(stack)


# --- those whose effect is their own


@pytest.fixture
def listener():
	"""The address of a server on this machine, and the paths that it was asked for."""
	asked = []

	class Listener(BaseHTTPRequestHandler):
		def do_GET(self):
			asked.append(self.path)
			self.send_response(204)
			self.end_headers()

		do_POST = do_HEAD = do_GET

		def log_message(self, *_):
			pass

	with HTTPServer(("127.0.0.1", 0), Listener) as server:
		threading.Thread(target=server.serve_forever, daemon=True).start()
		yield f"http://127.0.0.1:{server.server_port}", asked
		server.shutdown()


@by_itself("CVE-2026-31878")
def test_the_server_fetches_no_address_that_a_request_names(attack, case, listener, advisory):
	place, asked = listener
	for reader in ("exposed", "officer", *KEEPERS):
		desk = attack.desk(reader)
		for request in (
			method("upload_file", file_url=f"{place}/x.png", file_name="x.png", is_private="0"),
			create("File", file_url=f"{place}/x.png", file_name="x.png"),
			create("Webhook", webhook_doctype="User", webhook_docevent="on_update", request_url=place),
			create(
				"Email Account",
				email_id="x@example.invalid",
				email_server="127.0.0.1",
				incoming_port=urlsplit(place).port,
				enable_incoming=1,
				smtp_server="127.0.0.1",
				smtp_port=urlsplit(place).port,
				enable_outgoing=1,
			),  # fmt: skip
			create("LDAP Settings", ldap_server_url=place.replace("http", "ldap")),
			ask(
				"ldap",
				"/api/resource/LDAP Settings/LDAP Settings",
				"PUT",
				body={"enabled": 1, "ldap_server_url": place.replace("http", "ldap")},
			),  # fmt: skip
			ask(
				"picture",
				f"/api/resource/User/{attack.people[reader].user}",
				"PUT",
				body={"user_image": f"{place}/x"},
			),
			method(
				"frappe.core.doctype.data_import.data_import.get_preview_from_template",
				data_import="x",
				google_sheets_url=f"{place}/spreadsheets/d/x",
			),  # fmt: skip
			method(
				"frappe.integrations.doctype.slack_webhook_url.slack_webhook_url.send_slack_message",
				webhook_url=place,
				message="x",
			),  # fmt: skip
			method(
				"frappe.core.doctype.sms_settings.sms_settings.send_request", gateway_url=place, params={}
			),
			method("frappe.integrations.utils.make_get_request", url=place),
			method(
				"run_doc_method",
				docs={"doctype": "File", "file_url": f"{place}/x.png"},
				method="make_thumbnail",
			),
			method(
				"run_doc_method",
				docs={"doctype": "Connected App", "name": "x", "openid_configuration": place},
				method="get_openid_configuration",
			),  # fmt: skip
			method(
				"run_doc_method",
				docs={"doctype": "LDAP Settings", "ldap_server_url": place},
				method="test_ldap_connection",
			),  # fmt: skip
		):
			check(attack, reader, request, request.send(desk))
	assert not asked


@by_itself("GHSA-pj59-9hv9-rmrv", "CVE-2026-41482")
def test_a_pdf_holds_no_file_and_asks_for_no_address(attack, listener, tmp_path, advisory):
	place, asked = listener
	(tmp_path / "hemligt.html").write_text(f"<p>{PROOF}</p>")
	sources = f"{place}/x", f"file://{tmp_path}/hemligt.html", "/private/files/../../site_config.json"
	html = "".join(f'<iframe width=900 height=400 src="{s}"></iframe><img src="{s}">' for s in sources)
	html = f'<html><head><meta name="pdfkit-allow" content="{tmp_path}"><meta name="pdfkit-run-script" content="{place}/script"><link rel="stylesheet" href="{place}/css"></head><body>{html}</body></html>'
	case = attack.world.case()
	assert case.attempt("exposed", evidence_note=html).ok
	for reader, request in (
		("officer", method("frappe.utils.print_format.report_to_pdf", html=html, orientation="Landscape")),
		(
			"officer",
			ask(
				"pdf",
				"/api/method/frappe.utils.print_format.download_pdf",
				doctype="Incident",
				name=case.name,
			),
		),
		(
			"officer",
			ask(
				"pdf",
				"/api/method/frappe.utils.weasyprint.download_pdf",
				doctype="Incident",
				name=case.name,
				print_format="Standard",
			),
		),  # fmt: skip
		(
			"officer",
			ask(
				"pdf",
				"/api/method/frappe.utils.print_format.download_pdf",
				doctype="Incident",
				name=case.name,
				pdf_generator="chrome",
			),
		),  # fmt: skip
	):
		answer = request.send(attack.desk(reader))
		assert answer.status_code < 500, f"{request}: {answer.text[:300]}"
		told = Paper(answer.content).text if answer.content.startswith(b"%PDF") else answer.text
		assert PROOF not in told and not SECRET.search(told)
	assert not asked


@by_itself("CVE-2026-47278")
def test_a_comment_is_its_writer_s(attack, advisory):
	case, wrong = attack.world.case(), {"comment_email": "Administrator", "comment_by": "Administrator"}
	about = {"reference_doctype": "Incident", "reference_name": case.name}
	desk, user = attack.desk("exposed"), attack.people["exposed"].user
	before = comments_of(attack.stack, case)
	for request in (
		method("frappe.desk.form.utils.add_comment", **about, content=PROOF, **wrong),
		create("Comment", comment_type="Comment", content=PROOF, **about, **wrong, owner="Administrator"),
		method(
			"frappe.client.insert",
			doc={"doctype": "Comment", "comment_type": "Comment", "content": PROOF, **about, **wrong},
		),  # fmt: skip
		method(
			"frappe.templates.includes.comments.comments.add_comment",
			comment=PROOF,
			route="x",
			**about,
			**wrong,
		),
	):
		assert request.send(desk).status_code < 500
	for request in (method("frappe.desk.form.utils.add_comment", **about, content=PROOF, **wrong),):
		for reader in ("foreign_officer", "plain", "system_manager", "guest"):
			assert request.send(attack.desk(reader)).status_code == 403
	written = comments_of(attack.stack, case)[len(before) :]
	assert {(row.owner, row.comment_email) for row in written} <= {(user, user)}
	assert all("Administrator" not in (row.comment_by or "") for row in written)


def comments_of(stack, case):
	with site(stack):
		return frappe.get_all("Comment", {"reference_name": case.name}, ["owner", "comment_email", "comment_by"], order_by="creation")  # fmt: skip


@by_itself("CVE-2026-62315")
def test_no_standard_field_is_set_with_another(attack, advisory):
	case, desk = attack.world.case(), attack.desk("exposed")
	standard = {"owner": "Administrator", "creation": "2020-01-01 00:00:00", "docstatus": 1, "modified_by": "Administrator", "idx": 99, "workflow_state": "Closed", "_user_tags": ",x", "_assign": '["Guest"]'}  # fmt: skip
	columns = [*standard, "name"]

	def row():
		with site(attack.stack):
			return frappe.db.get_value("Incident", case.name, columns, as_dict=True)

	before = row()
	for field, value in {
		**standard,
		"name": "H-AAAA-AAAA",
		"doctype": "User",
		"parent": "x",
		"__islocal": 1,
	}.items():
		values, place = {field: value, "evidence_note": "x"}, {"doctype": "Incident", "name": case.name}
		for request in (
			method("frappe.client.set_value", **place, fieldname=values),
			ask("set", "/api/method/frappe.client.set_value", "POST", body={**place, "fieldname": values}),
			ask(
				"set",
				"/api/method/frappe.client.set_value",
				"POST",
				body={**place, "fieldname": json.dumps(values)},
			),
			ask(
				"set",
				"/api/method/frappe.client.set_value",
				"POST",
				body={**place, "fieldname": field, "value": value},
			),
			ask("put", f"/api/resource/Incident/{case.name}", "PUT", body=values),
			ask("v2", f"/api/v2/document/Incident/{case.name}", "PATCH", body=values),
		):
			answer = request.send(desk)
			assert answer.status_code < 500 and not tells_of_the_inside(answer), (
				f"{request}: {answer.text[:300]}"
			)
	after = row()
	after.modified_by = (
		before.modified_by if after.modified_by == attack.people["exposed"].user else after.modified_by
	)
	assert after == before


@by_itself("CVE-2026-3673")
def test_nobody_tags_a_case(attack, advisory):
	case, tag = attack.world.case(), '"><img src=x onerror=x()>'
	for reader in ("exposed", "officer", "system_manager"):
		desk = attack.desk(reader)
		for request in (
			method("frappe.desk.doctype.tag.tag.add_tag", tag=tag, dt="Incident", dn=case.name),
			method("frappe.desk.doctype.tag.tag.add_tags", tags=[tag], dt="Incident", docs=[case.name]),
			method(
				"frappe.client.set_value",
				doctype="Incident",
				name=case.name,
				fieldname="_user_tags",
				value=f",{tag}",
			),
			ask("put", f"/api/resource/Incident/{case.name}", "PUT", body={"_user_tags": f",{tag}"}),
			create("Tag Link", document_type="Incident", document_name=case.name, tag=tag),
		):
			assert request.send(desk).status_code < 500
	with site(attack.stack):
		assert not frappe.db.get_value("Incident", case.name, "_user_tags")
		assert not frappe.db.exists("Tag", tag) and not frappe.db.exists(
			"Tag Link", {"document_name": case.name}
		)


MARKUP = (
	"<img src=x onerror=x()>",
	"<svg/onload=x()>",
	'"><script>x()</script>',
	"<style>a{background:url(x)}</style>",
)


@by_itself("CVE-2023-46127", "CVE-2023-54408", "CVE-2026-3837", "CVE-2026-50698", "CVE-2026-50705")
def test_what_somebody_writes_is_shown_as_text(attack, advisory):
	case = attack.world.case()
	for text in (f"x {each}" for each in MARKUP):
		answer = case.attempt("exposed", evidence_note=text, what_happened=text)
		assert answer.ok, said(answer)
		comment = {"reference_doctype": "Incident", "reference_name": case.name, "content": text}
		method("frappe.desk.form.utils.add_comment", **comment, comment_email="x", comment_by="x").send(
			attack.desk("exposed")
		)
		for request in (
			method("frappe.desk.form.load.getdoc", doctype="Incident", name=case.name),
			method("frappe.desk.form.load.get_docinfo", doctype="Incident", name=case.name),
			method(
				f"{VIEW}get",
				doctype="Incident",
				fields=["name", "evidence_note", "what_happened"],
				filters=[["name", "=", case.name]],
			),  # fmt: skip
			method(
				f"{VIEW}get_list",
				doctype="Incident",
				fields=["name", "what_happened"],
				filters=[["name", "=", case.name]],
			),  # fmt: skip
			method("frappe.desk.search.search_link", doctype="Incident", txt=case.name),
			ask("page", "/printview", doctype="Incident", name=case.name),
		):
			answer = request.send(attack.desk("officer"))
			assert answer.ok and not any(each in drawn(answer) for each in MARKUP), f"{request}: {text}"


def drawn(answer):
	"""What the desk draws of an answer, but for what a timeline quotes of older versions: it escapes that itself."""
	if "html" in answer.headers["Content-Type"]:
		return answer.text
	told = answer.json()
	told.get("docinfo", {}).pop("versions", None)
	return json.dumps(told, ensure_ascii=False).replace("\\", "")


@by_itself("CVE-2026-50700", "CVE-2026-50704", "CVE-2026-50708")
def test_no_name_or_picture_breaks_out_of_what_it_is_drawn_in(attack, advisory):
	"""Of a person, of a file, of what a dialog lets one choose."""
	case = attack.world.case()
	person = new_person(attack.stack, "Rut Ram", "Routine Manager")
	broken = ('x" onerror="x()', "x' onerror='x()", "<img src=x onerror=x()>", "javascript:x()")
	for text in broken:
		for field in ("user_image", "full_name", "first_name", "username", "bio", "location"):
			for desk in (person.another_desk(), attack.desk("system_manager")):
				assert desk.put(f"/api/resource/User/{person.user}", json={field: text}).status_code < 500
		for doctype, field in (("Political Party", "party_name"), ("Incident Category", "category_name")):
			attack.desk("administrator").post(f"/api/resource/{doctype}", json={field: text})
		upload(
			attack.desk("exposed"), f"{text}.txt", b"x", doctype="Incident", docname=case.name, is_private="1"
		)
	with site(attack.stack):
		picture, *names = frappe.db.get_value("User", person.user, ["user_image", "full_name", "username"])
		for doctype in ("Political Party", "Incident Category"):
			names += frappe.get_all(doctype, pluck="name")
		names += frappe.get_all("File", {"attached_to_name": case.name}, pluck="file_name")
	assert not picture and not [name for name in names if re.search("[<>\"]|onerror='", name or "")]


@by_itself("CVE-2024-24812", "CVE-2026-50701")
def test_no_page_gives_back_markup_from_its_address(attack, advisory):
	script, attribute = "<script>x(1)</script>", "\" onfocus='x(1)' x=\""
	for reader in ("guest", "exposed", "officer"):
		desk = attack.desk(reader)
		for text in (script, attribute):
			for path in ("/me", "/login", "/message", "/update-password", "/list", "/search", "/printview", "/app", "/apps", "/third-party-apps", "/dashboard-view/x", "/desk", "/qrcode", "/404"):  # fmt: skip
				for address in (f"{path}/{text}", path):
					answer = ask("page", address, q=text, title=text, message=text, doctype=text, name=text, key=text, k=text, txt=text, **{"redirect-to": f"/app/{text}"}).send(desk)  # fmt: skip
					if "html" in answer.headers.get("Content-Type", ""):
						assert text not in answer.text, f"{reader}: {address}"


@by_itself("CVE-2025-65267", "CVE-2025-67289")
def test_no_file_is_a_page_of_this_system(attack, advisory):
	svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>x()</script></svg>'
	xml = b'<?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">x()</x:script>'
	case, desk, user = attack.world.case(), attack.desk("exposed"), attack.people["exposed"].user
	places = (
		{"doctype": "Incident", "docname": case.name},
		{"doctype": "User", "docname": user, "fieldname": "user_image"},
		{},
	)
	for content in (svg, xml, b"\xef\xbb\xbf " + svg, b"<html><script>x()</script></html>"):
		for name in (
			"x.svg",
			"x.xml",
			"x.xhtml",
			"x.html",
			"x.SVG",
			"x.svgz",
			"x.png",
			"x.svg.png",
			"x.txt",
			"x.csv",
			"x",
		):
			for place in places:
				told = upload(desk, name, content, **place, is_private="0")
				assert told.status_code < 500, told.text[:300]
				if told.ok:
					given = desk.get(told.json()["message"]["file_url"])
					kind = given.headers["Content-Type"]
					drawn = re.search("svg|xml|html", kind) and "attachment" not in given.headers.get("Content-Disposition", "")  # fmt: skip
					assert not drawn, f"{name} {content[:20]}: {kind}"


@by_itself("CVE-2026-119145")
def test_a_file_is_stored_nowhere_else(attack, advisory):
	folder = attack.stack.sites / attack.stack.site / "private" / "files"
	for reader in ("exposed", "officer", *KEEPERS):
		desk = attack.desk(reader)
		for name in (f"../../../{OURS}.txt", f"..\\..\\{OURS}.txt", f"/tmp/{OURS}.txt", f"%2e%2e%2f{OURS}.txt", f"x/../../{OURS}.txt"):  # fmt: skip
			for place in ({}, {"folder": "../../.."}, {"file_name": name, "folder": "Home/../.."}, {"file_url": f"/files/{name}"}):  # fmt: skip
				told = upload(desk, name, secrets.token_bytes(8), **place)
				assert told.status_code < 500, told.text[:300]
				if told.ok:
					url = told.json()["message"]["file_url"]
					assert (
						folder / url.removeprefix("/private/files/")
					).resolve().parent == folder.resolve(), url
	assert not stray_files(attack.stack)


@by_itself("CVE-2024-34074")
def test_nobody_is_led_elsewhere(attack, advisory):
	for place in ("https://example.invalid", "//example.invalid", "/\\example.invalid", "///example.invalid", "https:example.invalid", "javascript:alert(1)//example.invalid", "%2f%2fexample.invalid"):  # fmt: skip
		for reader in ("guest", "officer"):
			for path in (
				"/login",
				"/api/method/frappe.www.login.login_via_token",
				"/api/method/logout",
				"/me",
			):
				answer = ask("page", path, **{"redirect-to": place, "redirect_to": place, "login_token": "x"}).send(attack.desk(reader))  # fmt: skip
				assert answer.status_code < 500 and "example.invalid" not in answer.headers.get(
					"Location", ""
				)
				assert (
					"html" not in answer.headers.get("Content-Type", "")
					or "example.invalid" not in answer.text
				)


@by_itself("CVE-2025-52898", "CVE-2026-47194")
def test_no_mail_leads_to_a_host_that_a_request_names(attack, mailbox, advisory):
	person = new_person(attack.stack, "Vera Värd", "Routine Manager")
	forget_who_asked(attack.stack)
	asked = (
		method("frappe.core.doctype.user.user.reset_password", user=person.user),
		method("frappe.www.login.send_login_link", email=person.user),
	)
	for headers in ({"Host": "annan-server.example", "X-Frappe-Site-Name": attack.stack.site}, {"X-Forwarded-Host": "annan-server.example"}, {"Origin": "http://annan-server.example", "Referer": "http://annan-server.example"}, {}):  # fmt: skip
		for request in asked:
			desk = Desk(attack.stack)
			desk.headers.update(headers)
			assert request.send(desk).status_code < 500
	mailbox.wait_for(person.user)
	assert not [mail for mail in mailbox.messages() if "annan-server.example" in mail.as_string()]


@by_itself("GHSA-3vqc-c545-w7jg")
def test_an_answer_tells_of_no_account(attack, advisory):
	users = (attack.people["officer"].user, "finns.inte@havsvik.example", "Administrator", "Guest")
	answers = []
	for user in users:
		forget_who_asked(attack.stack)
		asked = method("frappe.core.doctype.user.user.reset_password", user=user)
		answers.append(asked.send(Desk(attack.stack)))
	assert len({masked(answer, *users) for answer in answers}) == 1, [answer.text for answer in answers]


@by_itself("CVE-2026-111388")
def test_a_key_opens_nothing_from_elsewhere(attack, advisory):
	person = new_person(attack.stack, "Nina Nyckel", "Routine Manager")
	desk = Desk(attack.stack)
	desk.headers["Authorization"] = token(attack.stack, person, "token")
	who = method("frappe.auth.get_logged_user")
	assert who.send(desk).json()["message"] == person.user
	set_in_database(attack.stack, person, restrict_ip="192.0.2.1")
	assert who.send(desk).status_code in (401, 403)


@by_itself("CVE-2025-66206 over a socket", "CVE-2025-68953 over a socket")
def test_the_web_server_gives_no_file_outside_its_folders(stack, advisory):
	"""As typed: a client of the usual kind would tidy the path before it sends it."""
	where = urlsplit(stack.address)
	for folder in ("assets", "files", "private/files", "assets/frappe", "app", ""):
		for way in ("../" * 5, "..%2f" * 5, "%2e%2e/" * 5, "..%5c" * 5, "//" + "../" * 5, ".%00./" * 3):
			for file in (
				"site_config.json",
				"common_site_config.json",
				f"{stack.site}/site_config.json",
				"etc/passwd",
			):
				connection = HTTPConnection(where.hostname, where.port, timeout=30)
				connection.putrequest("GET", f"/{folder}/{way}{file}", skip_host=True)
				connection.putheader("Host", urlsplit(stack.url).netloc)
				connection.endheaders()
				answer = connection.getresponse()
				told = answer.read().decode(errors="replace")
				connection.close()
				assert answer.status < 500 and not SECRET.search(told), f"/{folder}/{way}{file}: {told[:200]}"


def test_every_advisory_that_is_tried_is_in_the_table_and_the_other_way_round():
	"""A row of the table that says *tried* has a test here."""
	rows = [line for line in (REPOSITORY / "docs" / "advisories.md").read_text().splitlines() if line.startswith("| CVE") or line.startswith("| GHSA")]  # fmt: skip
	told = {
		advisory
		for row in rows
		if row.rstrip("| ").endswith("tried")
		for advisory in ID.findall(row.split("|")[1])
	}
	asked = set(ID.findall(" ".join(TRIED)))
	assert asked <= told, asked - told
	assert not [
		row for row in rows if row.rstrip("| ").endswith("tried") and not asked & set(ID.findall(row))
	]
