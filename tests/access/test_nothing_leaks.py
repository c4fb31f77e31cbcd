"""Nobody learns what they should not: each reader asks every channel for every case that is not theirs.

The methods come from the running framework, so that a new one is attacked without anyone remembering it. For a case that a
reader may not see, nothing appears: not the word planted in it, and no other answer than for a case that does not exist.
"""

import importlib
import inspect
import json
import pkgutil
import re
import secrets
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

import frappe
import pytest
from attack import (
	CASE_DOCTYPES,
	NO_SUCH,
	REQUESTED,
	STATES,
	Ask,
	Planted,
	ask,
	is_refused_by_name,
	made_up_like,
	masked,
	method,
	new_word,
	text_fields,
)
from world import make_account, site

THREADS = 8  # as many as the web server has

# Methods that the attack must not call, and why: they would end the attack or the site, or call another system. None of them
# takes a document (`test_what_is_not_called_takes_no_document`). Everything else that is whitelisted is called.
NOT_CALLED = {
	r"^frappe\.handler\.(web_)?logout$": "ends the attacker's session",
	r"^frappe\.sessions\.clear$": "ends everybody's session",
	r"^frappe\.core\.doctype\.user\.user\.(reset_password|sign_up|update_password|verify_password)$": (
		"changes accounts or locks them"
	),
	r"^frappe\.twofactor\.": "changes how somebody signs in",
	r"^frappe\.desk\.page\.setup_wizard\.": "sets the site up anew",
	r"^frappe\.utils\.scheduler\.": "starts or stops background work",
	r"^frappe\.(integrations|oauth)|google_indexing|\.oauth2": "calls other systems; tests call none",
	r"^frappe\.desk\.page\.backups\.|^frappe\.utils\.backups\.fetch": "makes a backup; /backups itself is attacked",
	r"^frappe\.utils\.change_log\.": "asks other systems for new versions",
	r"^frappe\.core\.doctype\.error_log\.error_log\.clear": "empties the log that is attacked",
	r"^frappe\.email\.doctype\.(email_account|email_queue|newsletter)\.": "sends mail; the queue is attacked as a list",
	r"^frappe\.translate\.|print_format_builder_beta\.get_google_fonts": "asks another system",
	r"^frappe\.core\.doctype\.sms_settings\.": "sends text messages",
	r"^frappe\.core\.doctype\.installed_applications\.|global_search_settings\.reset": "changes the site",
	r"print_format\.report_to_pdf$": "prints what the caller sends, slowly",
}

# Not called about what cases link to: they would change the site for all that comes after. About a case they are.
CHANGES_THE_SITE = (
	r"permission_manager\.(add|remove|reset|update)$|\.user_permission\.|list_settings$|listview_settings$"
	r"|quick_kanban_board|assignment_rule|export_customizations|frappe\.desk\.doctype\.workspace\."
)

# What a method's parameter is given: what it is called decides.
DOCTYPE = r"^(doctype|dt|.*_doctype|.*_dt|document_type|parent|child_type)$"
NAME = r"^(name|names|docname|docnames|doc_name|dn|docs|.*_docname|.*_name|.*_names|.*_doc|document_name|docs|dt_name)$"
SEARCH = r"^(txt|text|search_term|query|term|label)$"


@pytest.fixture(scope="module")
def whitelisted(stack):
	"""Every whitelisted function of the running framework and of the app: dotted name -> (function, verb)."""
	with site(stack):
		for app in ("frappe", "hot_rutin"):
			package = importlib.import_module(app)
			for module in pkgutil.walk_packages(package.__path__, f"{app}.", onerror=lambda _name: None):
				if not re.search(
					r"\.(tests|patches|commands|test_\w+|parallel_test_runner|gettext)\b", module.name
				):
					try:
						importlib.import_module(module.name)
					except ImportError:
						pass  # needs a package that this bench does not have; then nobody can call it either
		found = {}
		for function in frappe.whitelisted:
			if "." not in function.__qualname__:  # a DocType's own methods are called as `run_method`
				verbs = frappe.allowed_http_methods_for_whitelisted_func.get(function, ["POST"])
				found[f"{function.__module__}.{function.__name__}"] = (
					function,
					"POST" if "POST" in verbs else "GET",
				)
		return found


def is_called(method_name):
	return not any(re.search(pattern, method_name) for pattern in NOT_CALLED)


def calls(whitelisted, doctype, case):
	"""A request for each method, its parameters filled in with the case's document."""
	name, word = case.documents[doctype], case.words[doctype]
	file_url, file = case.files[doctype]
	for called, (function, verb) in sorted(whitelisted.items()):
		if not is_called(called):
			continue
		whole = {"doctype": doctype, "name": name}
		values = {
			"doc": whole,
			"docs": [whole],
			"args": {**whole, "assign_to": ["nobody@example.invalid"]},
			"filters": {"name": name},
			"fields": ["*"],
			"fieldname": "what_happened",
			"file_url": file_url,
			"files": [file],
			"start": "2020-01-01",
			"end": "2030-01-01",
			"field_map": {"start": "creation", "end": "creation", "id": "name", "title": "what_happened"},
			"method": "frappe.client.get",
			"report_name": "Permitted Documents For User",
		}
		if doctype == "User":
			values |= dict.fromkeys(("user", "uid", "email", "owner"), name)
		elif doctype == "Role":
			values["role"] = name
		params = {}
		signature = inspect.signature(function).parameters.values()
		for parameter in signature:
			key = parameter.name
			if key in values:
				params[key] = values[key]
			elif re.match(DOCTYPE, key):
				params[key] = doctype
			elif re.match(NAME, key):
				params[key] = [name] if key.endswith("s") else name
			elif re.match(SEARCH, key):
				params[key] = word[:-3]
			elif parameter.default is inspect.Parameter.empty and parameter.kind not in (
				parameter.VAR_KEYWORD,
				parameter.VAR_POSITIONAL,
			):
				params[key] = "1"
		if not params or any(p.kind == p.VAR_KEYWORD for p in signature):
			# It reads the request itself.
			params |= {
				"doctype": doctype,
				"name": name,
				"docname": name,
				"filters": {"name": name},
				"fields": ["name"],
				"fid": "x",
				**({"uid": name} if doctype == "User" else {}),
			}
		request = method(called, **params)
		yield Ask(
			called, verb, *(getattr(request, part) for part in ("path", "params", "body", "content_type"))
		)


def channels_of(doctype, case, texts, tables):
	"""Requests that name one document, by every known way in and the known ways around (more of these:
	test_no_way_around.py)."""
	name, stem, r = case.documents[doctype], case.words[doctype][:-3], "/api/resource"
	read = "frappe.client.get"
	yield ask("resource", f"{r}/{doctype}/{name}")
	yield ask("resource, lower case", f"{r}/{doctype}/{name.lower()}")
	yield ask("resource v1", f"/api/v1/resource/{doctype}/{name}")
	yield ask("resource v2", f"/api/v2/document/{doctype}/{name}")
	yield ask("v2 count", f"/api/v2/doctype/{doctype}/count", filters={"name": name})
	yield ask("write", f"{r}/{doctype}/{name}", "PUT", body={"what_happened": "x"})
	yield ask(
		"write, hidden body", f"{r}/{doctype}/{name}", "PUT", body='{"place": "x"}', content_type="text/plain"
	)
	yield ask("delete", f"{r}/{doctype}/{name}", "DELETE")
	yield method("frappe.client.delete", doctype=doctype, name=name)
	yield ask("run_method", f"{r}/{doctype}/{name}", run_method="rename")
	yield method("run_doc_method", dt=doctype, dn=name, method="get_title")
	yield method("run_doc_method", docs={"doctype": doctype, "name": name}, method="cancel")
	yield method(read, doctype=doctype, name=name)
	yield method(read, doctype=doctype, filters={"name": name})
	yield method("frappe.desk.form.load.getdoc", doctype=doctype, name=name)
	yield method("frappe.desk.form.load.get_docinfo", doctype=doctype, name=name)
	# Said to be for one thing, done to another.
	yield method(read, cmd="frappe.client.get_count", doctype=doctype, filters={"name": name})
	yield ask("cmd", "/", cmd="frappe.client.get_count", doctype=doctype, filters=json.dumps({"name": name}))
	yield ask(
		"cmd on a resource",
		f"{r}/ToDo",
		cmd="frappe.desk.link_preview.get_preview_data",
		doctype=doctype,
		docname=name,
	)
	yield method(read, doctype=doctype, name=name, doc={"doctype": "Disqualification"})
	yield method("frappe.desk.form.utils.add_comment", reference_doctype=doctype, reference_name=name, content="x", comment_email="x", comment_by="x", doctype="Disqualification")  # fmt: skip
	# A name given as a condition: the answer would tell whether a document meets it.
	like = ["like", f"%{stem}%"]
	search = {"name": name, texts[0]: like}
	as_json = "application/json"
	for called, key in (
		(read, "name"),
		("frappe.desk.form.load.getdoc", "name"),
		("frappe.client.has_permission", "docname"),
	):
		yield ask(f"{called} by search", f"/api/method/{called}", "POST", body={"doctype": doctype, key: search, "perm_type": "read"}, content_type=as_json)  # fmt: skip
	yield method(read, doctype=doctype, filters=search)
	# Lists and counts as oracles.
	conditions = [[doctype, field, *like] for field in texts]
	for called in ("frappe.client.get_list", "frappe.desk.reportview.get", "frappe.desk.reportview.get_list"):
		yield method(called, doctype=doctype, fields=["name"], or_filters=conditions)
		yield method(
			called, doctype=doctype, fields=["name"], filters={"name": name}, order_by=f"{texts[0]} desc"
		)
		yield method(
			called,
			doctype=doctype,
			fields=["count(name) as found"],
			filters={"name": name},
			group_by=texts[0],
		)
		yield method(called, doctype=doctype, fields=[f"max({texts[0]}) as found"], filters={"name": name})
		yield method(
			called,
			doctype=doctype,
			fields=["incident.what_happened", "follow_up.incident"],
			filters={"name": name},
		)
	yield ask(
		"list", f"{r}/{doctype}", fields='["*"]', limit_page_length="0", filters=json.dumps({"name": name})
	)
	yield ask(
		"list by word",
		f"{r}/{doctype}",
		fields='["*"]',
		limit_page_length="0",
		or_filters=json.dumps(conditions),
	)
	for called in ("frappe.client.get_count", "frappe.desk.reportview.get_count"):
		yield method(called, doctype=doctype, filters=[[doctype, "name", "=", name]])
		yield method(called, doctype=doctype, filters=[conditions[0]])
	yield method("frappe.client.get_value", doctype=doctype, fieldname=texts[0], filters={"name": name})
	# Search.
	for flags in (
		{},
		{"ignore_user_permissions": "1"},
		{"ignore_user_permissions": "1", "reference_doctype": "Police Report", "searchfield": texts[0]},
		{"filter_fields": json.dumps(texts), "searchfield": texts[0], "as_dict": "1"},
		{"query": "frappe.client.get_list"},
		{"query": "frappe.email.get_contact_list"},
		{"filters": json.dumps(conditions)},
	):
		for called in ("frappe.desk.search.search_link", "frappe.desk.search.search_widget"):
			yield method(called, doctype=doctype, txt=name, page_length="50", **flags)
	for called in (
		"frappe.desk.search.get_link_title",
		"frappe.client.validate_link",
		"frappe.desk.link_preview.get_preview_data",
	):
		yield method(called, doctype=doctype, docname=name, fields=[texts[0]])
	# Paper and pages.
	for path in (f"/{doctype}/{name}", f"/{name}"):
		yield ask("page", path)
	yield ask("printview", "/printview", doctype=doctype, name=name, format="Standard", key="x")
	yield method("frappe.utils.print_format.download_pdf", doctype=doctype, name=name, format="Standard")
	yield method(
		"frappe.utils.print_format.download_multi_pdf", doctype=doctype, name=[name], format="Standard"
	)
	yield method("frappe.www.printview.get_html_and_style", doc=doctype, name=name)
	yield method("frappe.www.printview.get_html_and_style", doc={"doctype": doctype, "name": name})
	card = {
		"document_type": doctype,
		"function": "Count",
		"name": "x",
		"filters_json": json.dumps([[doctype, "name", "=", name]]),
	}
	yield method(
		"frappe.desk.doctype.number_card.number_card.get_result",
		doc=card,
		filters=[[doctype, "name", "=", name]],
	)
	file_url, _row = case.files[doctype]
	yield ask("file", file_url)
	yield method("download_file", file_url=file_url)
	# Sharing, assigning, following, tagging.
	yield method("frappe.share.add", doctype=doctype, name=name, user="Administrator", read="1")
	yield method(
		"frappe.desk.form.assign_to.add", doctype=doctype, name=name, assign_to=["nobody@example.invalid"]
	)
	yield method(
		"frappe.desk.form.document_follow.update_follow", doctype=doctype, doc_name=name, following="1"
	)
	yield method("frappe.desk.doctype.tag.tag.add_tag", tag="x", dt=doctype, dn=name)
	# Its rows.
	for table, columns in tables.items():
		own = {"parent": name}
		yield method("frappe.client.get_list", doctype=table, parent=doctype, fields=["*"], filters=own)
		yield method("frappe.client.get_list", doctype=table, parent="User", fields=["*"], filters=own)
		yield method("frappe.client.get_value", doctype=table, parent=doctype, fieldname=columns, filters=own)
		yield method(read, doctype=table, parent=doctype, filters=own)
		yield ask(f"rows of {table}", f"{r}/{table}", fields='["*"]', filters=json.dumps(own), parent=doctype)
		yield method(
			"frappe.client.get_list",
			doctype=doctype,
			fields=["name", *(f"`tab{table}`.{column}" for column in columns)],
			filters=[[table, "parent", "=", name]],
		)


def searches_in(doctype, words, texts, tables):
	"""Requests that name no document: of all that there are, those that hold one of the words, or simply all."""
	stems = [word[:-3] for word in words]
	read, listed = "frappe.client.get", "frappe.client.get_list"
	for table, columns in tables.items():
		rows = [[table, column, "like", f"%{stem}%"] for column in columns for stem in stems]
		for called in (listed, "frappe.desk.reportview.get_list", "frappe.desk.reportview.get"):
			yield method(called, doctype=doctype, fields=["name"], or_filters=rows, page_length="500")
		yield method("frappe.desk.reportview.get_count", doctype=doctype, filters=[], or_filters=rows)
		for column in columns:
			# The first row that is not the asker's own, if there is one.
			by_column = [[table, column, "like", f"%{stems[0]}%"]]
			yield method("frappe.client.get_count", doctype=doctype, filters=by_column)
		for parent in (doctype, "User", "Political Party"):
			yield method(
				listed, doctype=table, parent=parent, fields=["*"], or_filters=rows, limit_page_length="0"
			)
			yield method(listed, doctype=table, parent=parent, fields=["*"], limit_page_length="0")
			yield method(read, doctype=table, parent=parent, filters=rows[:1])
			yield method(
				"frappe.client.get_value", doctype=table, parent=parent, fieldname=columns, filters=rows[:1]
			)
	yield method(
		listed,
		doctype="Support Contact",
		parent=doctype,
		doc={"doctype": doctype},
		fields=["*"],
		limit_page_length="0",
	)
	# Conditions that would loosen those on which permissions rest.
	for loose in (
		[[doctype, "'.name.'=1||1=1||ifnull(1,'')", "=", "x"]],
		[[doctype, "ifnull(1,1)=1||ifnull(name,0)", "=", "x"]],
		{"ifnull(1,1)=1||ifnull(name,0)": "x"},
		["1=1 or 1=1"],
	):
		for called in (listed, "frappe.desk.reportview.get", "frappe.desk.search.search_widget"):
			yield method(called, doctype=doctype, txt="", fields=["*"], filters=loose, filter_fields=texts)
			yield method(called, doctype=doctype, txt="", fields=["*"], or_filters=loose, filters=[])
		yield method("frappe.client.get_count", doctype=doctype, filters=loose)
		yield ask("list", f"/api/resource/{doctype}", fields='["*"]', filters=json.dumps(loose))
	# Reports, charts, calendars, exports.
	for user in ("Administrator", None):
		filters = {"user": user, "doctype": doctype}
		yield method(
			"frappe.desk.query_report.run",
			report_name="Permitted Documents For User",
			filters=filters,
			user=user,
		)
	chart = {
		"chart_type": "Group By",
		"document_type": doctype,
		"group_by_type": "Count",
		"group_by_based_on": texts[0],
		"name": "x",
	}
	yield method("frappe.desk.doctype.dashboard_chart.dashboard_chart.get", chart=chart, no_cache="1")
	yield method("frappe.desk.doctype.kanban_board.kanban_board.quick_kanban_board", doctype=doctype, board_name="x", field_name="workflow_state")  # fmt: skip
	yield method("frappe.desk.calendar.get_events", doctype=doctype, start="2020-01-01", end="2030-01-01", fields=["*"], field_map={"start": "creation", "end": "creation"})  # fmt: skip
	yield method("frappe.core.doctype.data_export.exporter.export_data", doctype=doctype, with_data="1", all_doctypes="1", file_type="CSV", select_columns={doctype: texts})  # fmt: skip
	yield method(
		"frappe.desk.reportview.export_query",
		doctype=doctype,
		file_format_type="CSV",
		fields=["*"],
		title="x",
	)
	yield method("frappe.desk.doctype.tag.tag.get_tagged_docs", doctype=doctype, tag="x")


def traces_of(case):
	"""Requests for what the framework keeps beside a case, without saying that it is about one."""
	word, r = case.canary, "/api/resource"
	for doctype, name in case.rows.items():
		yield ask(f"{doctype} one", f"{r}/{doctype}/{name}")
		yield method("frappe.client.get", doctype=doctype, name=name)
	file = case.rows["File"]
	yield ask("file", case.file_url)
	yield ask("file by guess", f"/private/files/{word}.txt")
	yield method("download_file", file_url=case.file_url)
	yield ask("file with host", "/api/method/download_file", file_url=f"http://{case.file_url}")
	yield method("frappe.utils.file_manager.download_file", file_url=case.file_url)
	yield method("frappe.core.api.file.zip_files", files=[file])
	yield method("frappe.core.doctype.file.file.zip_files", files=[file])
	yield method("frappe.core.api.file.unzip_file", name=file)
	yield method("frappe.core.api.file.get_files_by_search_text", text=word[:-3])
	yield ask("file's own method", f"{r}/File/{file}", run_method="optimize_file")
	yield ask("file re-attached", f"{r}/File", "POST", body={"file_url": case.file_url, "attached_to_doctype": "User", "attached_to_name": "Guest", "is_private": 1})  # fmt: skip
	yield ask(
		"file loose",
		f"{r}/File",
		"POST",
		body={"file_url": case.file_url, "is_private": 1, "file_name": "x.txt"},
	)
	for called, params in (
		("frappe.utils.global_search.search", {"text": word[:-3]}),
		("frappe.utils.global_search.web_search", {"text": word[:-3]}),
		("frappe.core.doctype.deleted_document.deleted_document.restore", {"name": case.rows["Deleted Document"]}),
		("frappe.utils.diff.get_version_diff", {"from_version": case.rows["Version"], "to_version": case.rows["Version"], "fieldname": "what_happened"}),
		("frappe.desk.form.utils.update_comment", {"name": case.rows["Comment"], "content": "x"}),
	):  # fmt: skip
		yield method(called, **params)


def lists_of_traces(case):
	"""Requests that would show what is kept beside any case."""
	r = "/api/resource"
	for doctype in case.rows:
		yield ask(f"{doctype} list", f"{r}/{doctype}", fields='["*"]', limit_page_length="0")
		yield method("frappe.desk.reportview.get", doctype=doctype, fields=["*"], page_length="500")
	for doctype in (
		"Error Log",
		"Email Queue",
		"Route History",
		"Scheduled Job Log",
		"Prepared Report",
		"Note",
		"Tag",
	):
		yield ask(f"{doctype} list", f"{r}/{doctype}", fields='["*"]', limit_page_length="0")
	yield method("frappe.core.api.file.get_files_in_folder", folder="Home/Attachments", page_length="500")
	for called, params in (
		("frappe.desk.search.get_names_for_mentions", {"search_term": ""}),
		("frappe.desk.doctype.tag.tag.get_documents_for_tag", {"tag": "märke"}),
		("frappe.desk.doctype.notification_log.notification_log.get_notification_logs", {"limit": "100"}),
		("frappe.desk.notifications.get_open_count", {"doctype": "User", "name": "Guest"}),
		("frappe.desk.doctype.system_console.system_console.execute_code", {"doc": {"doctype": "System Console", "type": "SQL", "console": "select * from tabIncident"}}),
		("frappe.automation.doctype.auto_repeat.auto_repeat.generate_message_preview", {"reference_dt": "User", "reference_doc": "Guest", "message": "{{ frappe.db.sql('select what_happened from `tabInc' ~ 'ident`') }}"}),
		("frappe.recorder.get", {}),
	):  # fmt: skip
		yield method(called, **params)
	name = case.documents["Incident"]
	for body in (
		{"doctype": "Report", "report_name": f"x{name}", "ref_doctype": "User", "report_type": "Query Report", "is_standard": "No", "query": "select what_happened from tabIncident"},
		{"doctype": "Server Script", "name": "x", "script_type": "API", "api_method": "x", "script": "frappe.response['x'] = 1"},
		{"doctype": "Print Format", "name": "x", "doc_type": "User", "html": "{{ frappe.get_all('Inci' ~ 'dent', fields='*') }}"},
		{"doctype": "Notification", "name": "x", "document_type": "User", "event": "New", "message": "x", "subject": "x"},
		{"doctype": "Webhook", "webhook_doctype": "User", "request_url": "http://127.0.0.1:1/", "webhook_docevent": "after_insert"},
	):  # fmt: skip
		yield ask(f"own {body['doctype']}", f"{r}/{body['doctype']}", "POST", body=body)
	yield ask("backups", "/backups/20200101_000000-x-database.sql.gz")


# --- the attack


class Attacker:
	"""Sends a reader's requests, and notes what came out that should not have."""

	def __init__(self, attack, reader):
		self.attack, self.reader = attack, reader
		self.desk = attack.desk(reader)
		self.channels = Counter()
		self.found = []
		# What is not the reader's, and what of it was asked for.
		self.asked = set()
		self.documents = [
			(case, doctype)
			for case, doctype, _name in attack.documents()
			if not attack.may_see(reader, case, doctype)
		]
		# Cases of which the reader may see nothing at all.
		self.hidden = [
			case
			for case in attack.cases
			if not any(attack.may_see(reader, case, doctype) for doctype in case.documents)
		]
		words = [case.words[doctype] for case, doctype in self.documents]
		self.unseen = re.compile("|".join(words or [r"(?!)"]))
		# Their names too. Who reads one document of a case reads there what the others are called.
		names = [name for case in self.hidden for name in case.documents.values()]
		self.unnamed = re.compile("|".join(names or [r"(?!)"]))
		self.sent = set()
		self._of_no_such = {}
		self._of_no_method = None

	def by_kind(self):
		"""DocType -> the documents that are not the reader's."""
		kinds = {}
		for case, doctype in self.documents:
			kinds.setdefault(doctype, []).append((case, doctype))
		return kinds

	def send(self, request):
		self.channels[request.channel] += 1
		began = time.monotonic()
		try:
			return request.send(self.desk)
		finally:
			if time.monotonic() - began > 20:
				print("slow:", self.reader, request)

	def expect_no_word(self, request):
		"""No word of a document that the reader may not see."""
		answer = self.send(request)
		told = self.unseen.findall(answer.text)
		if told:
			self.found.append(f"{self.reader}: {request.channel} tells {told[0]}: {answer.text[:300]}")
		return answer

	def expect_no_case(self, request):
		"""No word, and no name, of what the reader may not see."""
		answer = self.expect_no_word(request)
		told = set(self.unnamed.findall(answer.text))
		if told:
			self.found.append(
				f"{self.reader}: {request.channel} {request.params} names {told}: {answer.text[:300]}"
			)

	def expect_same(self, key, real, made_up, *names):
		"""No word, and the same answer as for what does not exist.

		That one is asked for once for each `key`, and again where the answers differ: what a request leaves behind may
		change the next answer, whatever it is about. A method that the gate refuses by its name answers as one that there is not.
		"""
		answer = self.expect_no_word(real)
		told = set(self.unnamed.findall(answer.text)).difference(names)
		if told:
			self.found.append(f"{self.reader}: {real.channel} names {told}: {answer.text[:300]}")
		first = masked(answer, *names)
		if is_refused_by_name(real):
			self._of_no_method = self._of_no_method or masked(self.send(method("frappe.no_such.method")))
			if first != self._of_no_method:
				self.found.append(f"{self.reader}: {real.channel} is not refused by its name: {first}"[:1500])
		if real == made_up:
			return
		if first != self._of_no_such.get(key):
			self._of_no_such[key] = masked(self.expect_no_word(made_up), *names)
		if first != self._of_no_such[key]:
			self.found.append(
				f"{self.reader}: {real.channel} {real.path} {real.params}\n    {first}\n    {self._of_no_such[key]}"[
					:1500
				]
			)

	def expect_same_of(self, case, doctype, numbered):
		"""The same answers about the document as about one that does not exist: `numbered` are (key, request, other)."""
		self.asked.add((case.party, case.state, doctype))
		for key, real, made_up in numbered:
			if real == made_up and real in self.sent:
				continue  # it names no document
			self.sent.add(real)
			self.expect_same((doctype, key), real, made_up, case.documents[doctype], NO_SUCH[doctype])


class Requests:
	"""What is asked about each document and about one that does not exist, made once for all readers."""

	def __init__(self, make):
		self.make, self.made = make, {}

	def of(self, case, doctype):
		"""[(number, request, the same of what does not exist)]"""
		key = case.documents[doctype]
		if key not in self.made:
			asked = zip(self.make(case, doctype), self.make(made_up_like(case), doctype), strict=True)
			self.made[key] = [(number, *pair) for number, pair in enumerate(asked)]
		return self.made[key]


def shapes(stack):
	"""DocType -> (its text fields, {table: its text fields})."""
	with site(stack):
		found = {}
		for doctype in CASE_DOCTYPES:
			meta = frappe.get_meta(doctype)
			tables = {
				table.options: text_fields(frappe.get_meta(table.options))
				for table in meta.get_table_fields()
			}
			found[doctype] = (text_fields(meta) or ["incident"], tables)
		return found


READERS = (
	"officer",
	"deputy",
	"former_officer",
	"foreign_officer",
	"exposed",
	"exposed_b",
	"stranger",
	"proxy",
	"strategist",
	"director",
	"manager",
	"administrator",
	"auditor",
	"system_manager",
	"plain",
	"site_administrator",
	"guest",
)


# Readers whom the same rules meet: in `make test` those of a class take turns, in `make drill` each asks everything.
CLASSES = (
	("officer", "deputy", "exposed", "exposed_b", "foreign_officer"),  # read the cases of one party
	("former_officer", "stranger"),  # hold a role that reads cases, and read none
	("strategist",),
	("director",),
	("proxy",),
	("manager", "administrator", "auditor"),  # have a part in the routine, and in no case
	("system_manager", "plain"),  # have none
	("site_administrator",),
	("guest",),
)
EACH = tuple((reader,) for reader in READERS)


def is_its_turn(reader, number, request, classes):
	"""Whether this reader makes the request with this number. What is refused by name is refused alike to all: one asks."""
	takers = READERS if is_refused_by_name(request) else next(some for some in classes if reader in some)
	return takers[number % len(takers)] == reader


def go(attack, work, readers=READERS):
	"""Let every reader do the work, some at a time. Fails with what they found."""
	began = time.monotonic()

	def of(reader):
		attacker = Attacker(attack, reader)
		work(attacker, readers.index(reader))
		return attacker

	with ThreadPoolExecutor(THREADS) as pool:
		attackers = list(pool.map(of, readers))
	channels = sum((attacker.channels for attacker in attackers), Counter())
	found = [line for attacker in attackers for line in attacker.found]
	print(
		f"\n{len(channels)} channels, {sum(channels.values())} requests, {len(attackers)} readers,"
		f" {sum(len(attacker.asked) for attacker in attackers)} documents that are not theirs,"
		f" {len(found)} leaks, {time.monotonic() - began:.0f} s"
	)
	assert not found, f"{len(found)} leaks:\n" + "\n".join(found[:60])
	return attackers


# Every party's cases in every state, each with all its documents.
EVERYTHING = {
	(party, state, doctype)
	for party in "AB"
	for state in STATES
	for doctype in CASE_DOCTYPES
	if doctype != "Police Report" or state in REQUESTED
}


@pytest.fixture(scope="module")
def fields(stack):
	return shapes(stack)


@pytest.fixture(scope="module")
def by_channel(fields):
	return Requests(lambda case, doctype: channels_of(doctype, case, *fields[doctype]))


@pytest.fixture(scope="module")
def by_method(whitelisted):
	assert len(whitelisted) > 200, "the methods of the framework were not found"
	requests = Requests(lambda case, doctype: calls(whitelisted, doctype, case))
	requests.whitelisted = whitelisted
	return requests


def in_turn(attacker, requests, turn, classes, documents, first=0, last=None):
	"""Make each request that it is the reader's turn to make, from the `first`, about one of the documents: about the next with
	each, beginning at `turn`."""
	numbered = requests.of(*documents[0])[first:last]
	asked = [number for number, real, _ in numbered if is_its_turn(attacker.reader, number, real, classes)]
	for nth, number in enumerate(asked, turn):
		document = documents[nth % len(documents)]
		attacker.expect_same_of(*document, requests.of(*document)[number : number + 1])


def ask_in_turn(attacker, requests, turn, classes):
	"""Make each request about one document that is not the reader's: all of these are met.

	What is asked about a table is asked about a document that has the table.
	"""
	of_all = min(len(requests.of(*document)) for document in attacker.attack.one_of_each())
	in_turn(attacker, requests, turn, classes, attacker.documents, last=of_all)
	for documents in attacker.by_kind().values():
		in_turn(attacker, requests, turn, classes, documents, first=of_all)
	# Who had fewer turns than there are documents.
	for nth, (case, doctype) in enumerate(attacker.documents, turn):
		if (case.party, case.state, doctype) not in attacker.asked:
			number = nth % of_all
			attacker.expect_same_of(case, doctype, requests.of(case, doctype)[number : number + 1])


def search(attacker, doctype, texts, tables):
	"""Look for the words of all documents that are not the reader's, and for as many that nobody has planted."""
	words = [case.words[doctype] for case, kind in attacker.documents if kind == doctype]
	if not words:
		return
	real, made_up = (
		searches_in(doctype, some, texts, tables) for some in (words, [new_word() for _word in words])
	)
	for number, pair in enumerate(zip(real, made_up, strict=True)):
		attacker.expect_same((doctype, *tables, "search", number), *pair)


def search_in_turn(attacker, fields, turn):
	"""Search by one table, or in the DocType that has none: readers take turns, and all are met."""
	kinds = [
		(doctype, texts, {table: tables[table]} if table else {})
		for doctype, (texts, tables) in fields.items()
		for table in tables or [None]
	]
	assert len(kinds) <= len(READERS)
	search(attacker, *kinds[turn % len(kinds)])


def met_by(attackers):
	return set().union(*(attacker.asked for attacker in attackers))


# Who takes turns with whom, in `make test` and in `make drill`.
WIDTHS = pytest.mark.parametrize(
	"classes", (CLASSES, pytest.param(EACH, marks=pytest.mark.drill)), ids=("a class in turn", "each reader")
)


@WIDTHS
def test_every_channel_is_silent_about_a_case_that_is_not_ones_own(attack, fields, by_channel, classes):
	"""Readers ask every channel about documents that are not theirs: all of them are met in turn."""

	def work(attacker, turn):
		ask_in_turn(attacker, by_channel, turn, classes)
		search_in_turn(attacker, fields, turn)
		for request in lists_of_traces(attack.cases[0]):
			attacker.expect_no_word(request)
		if attacker.hidden:
			traces = [list(traces_of(case)) for case in attacker.hidden]
			for number in range(len(traces[0])):
				attacker.expect_no_word(traces[(number + turn) % len(traces)][number])

	attackers = go(attack, work)
	assert met_by(attackers) == EVERYTHING
	for attacker in attackers:
		assert len(attacker.asked) == len(attacker.documents), attacker.reader


@WIDTHS
def test_every_whitelisted_method_is_silent_about_a_case_that_is_not_ones_own(attack, by_method, classes):
	"""Readers call every method about documents that are not theirs: all of them are met in turn."""
	attackers = go(attack, lambda attacker, turn: ask_in_turn(attacker, by_method, turn, classes))
	assert met_by(attackers) == EVERYTHING
	asked = sum((attacker.channels for attacker in attackers), Counter())
	assert set(asked) >= {called for called in by_method.whitelisted if is_called(called)}


# --- what cases link to, and whom they are about: documents that are no case, and must not lead to one

OUTSIDE = (
	"foreign_officer",
	"manager",
	"administrator",
	"system_manager",
	"plain",
	"site_administrator",
	"guest",
)


@pytest.fixture(scope="module")
def linked(attack, stack):
	"""A case of people, a party and a category of its own, which the sweep may change; and all that it leads to."""
	from hot_rutin.access import policy as access

	mark, case = secrets.token_hex(3), Planted("its own", "Reported")
	with site(stack), patch.object(frappe, "sendmail"):
		officer, exposed = (
			make_account(f"{name} {mark}", [role])["user"]
			for name, role in (("Svante Svep", access.OFFICER), ("Sara Svep", access.EXPOSED))
		)
		duty = {"user": officer, "from_date": "2020-01-01"}
		case.rows = {
			doctype: frappe.get_doc({"doctype": doctype, **values}).insert().name
			for doctype, values in (
				("Political Party", {"party_name": f"Sveppartiet {mark}", "officers": [duty]}),
				("Elected Representative", {"full_name": f"Sara {mark}", "party": f"Sveppartiet {mark}", "user": exposed}),
				("Incident Category", {"category_name": f"Svep {mark}"}),
			)
		}  # fmt: skip
		frappe.set_user(exposed)
		incident = frappe.get_doc(
			{
				"doctype": "Incident",
				"exposed_representative": case.rows["Elected Representative"],
				"category": case.rows["Incident Category"],
				"event_on": frappe.utils.now_datetime(),
				"what_happened": case.canary,
			}
		).insert()
		frappe.set_user(officer)
		incident.add_comment("Comment", case.canary)
		frappe.set_user("Administrator")
		case.documents = {"Incident": incident.name, "Follow-up": incident.follow_up}
		frappe.db.commit()
	people = [("User", officer), ("User", exposed), ("Role", access.OFFICER), ("Routine Step", "3.1.1-2")]
	return case, [*people, *case.rows.items()]


def sweep(attack, whitelisted, linked, targets_of):
	"""Let each reader call every method about `targets_of(its number, the reader's)`, and find no case by it."""
	case, targets = linked
	harmless = {name: how for name, how in whitelisted.items() if not re.search(CHANGES_THE_SITE, name)}
	about = []
	for doctype, name in targets:
		# A search is for the first letters of what is planted: here for the whole name.
		sought = Planted("", "", words={doctype: f"{name}..."}, documents={doctype: name})
		sought.files = {doctype: ("/private/files/finns-inte.txt", name)}
		about.append(list(calls(harmless, doctype, sought)))

	def work(attacker, turn):
		attacker.hidden.append(case)
		attacker.unseen = re.compile(f"{attacker.unseen.pattern}|{case.canary}")
		attacker.unnamed = re.compile("|".join([attacker.unnamed.pattern, *case.documents.values()]))
		for number, request in enumerate(about[0]):
			if is_refused_by_name(request) and OUTSIDE[number % len(OUTSIDE)] != attacker.reader:
				continue
			for target in targets_of(number, turn):
				attacker.expect_no_case(about[target % len(targets)][number])

	go(attack, work, OUTSIDE)


def test_no_method_leads_from_what_a_case_links_to_to_the_case(attack, whitelisted, linked):
	"""Each reader calls every method about one of these: readers take turns, and every method meets all of them."""
	assert len(OUTSIDE) == len(linked[1])
	sweep(attack, whitelisted, linked, lambda number, turn: [number + turn])


def through_links(doctype, name, links):
	"""Requests for what stands in documents that one document links to, by all that takes the name of a field."""
	for link, columns in links.items():
		dotted = [f"{link}.{column}" for column in columns]
		about = {"doctype": doctype, "filters": {"name": name}}
		for called in (
			"frappe.client.get_list",
			"frappe.desk.reportview.get",
			"frappe.desk.reportview.get_list",
		):
			yield method(called, **about, fields=["name", *dotted])
			yield method(called, **about, fields=["name"], order_by=f"{dotted[0]} desc")
		yield method("frappe.client.get_value", **about, fieldname=dotted)
		yield method("frappe.client.validate_link", doctype=doctype, docname=name, fields=dotted)
		yield method("frappe.desk.search.search_widget", doctype=doctype, txt=name, filter_fields=dotted)
		yield ask(f"list of {doctype}", f"/api/resource/{doctype}", fields=json.dumps(["name", *dotted]))


def test_nothing_of_another_circle_is_read_through_what_one_may_read(attack, stack):
	"""A proxy reads the incident, and not the follow-up and the police report that it links to. (The director's police report
	links to nothing.)"""
	with site(stack):
		links = {
			doctype: {
				field.fieldname: text_fields(frappe.get_meta(field.options)) or ["incident"]
				for field in frappe.get_meta(doctype).get("fields", {"fieldtype": "Link"})
				if field.options in CASE_DOCTYPES
			}
			for doctype in CASE_DOCTYPES
		}

	def work(attacker, _turn):
		for case, doctype, name in attack.documents():
			if attack.may_see(attacker.reader, case, doctype):
				for request in through_links(doctype, name, links[doctype]):
					attacker.expect_no_word(request)

	(attacker,) = go(attack, work, ("proxy",))
	assert sum(attacker.channels.values()) >= 10


@pytest.mark.drill
def test_no_method_leads_from_anything_that_a_case_links_to_to_the_case(attack, whitelisted, linked):
	sweep(attack, whitelisted, linked, lambda _number, _turn: range(len(linked[1])))


# --- the whole of it: `make drill ARGS="all tests/access/test_nothing_leaks.py -s"`


def ask_all(attacker, requests):
	"""Make each request about each document that is not the reader's."""
	for case, doctype in attacker.documents:
		attacker.expect_same_of(case, doctype, requests.of(case, doctype))


@pytest.mark.drill
@pytest.mark.whole
def test_every_channel_is_silent_about_every_document_that_is_not_ones_own(attack, fields, by_channel):
	"""Each reader asks every channel, in every way, about every document that is not theirs."""

	def work(attacker, _turn):
		ask_all(attacker, by_channel)
		for doctype, (texts, tables) in fields.items():
			search(attacker, doctype, texts, tables)
		for request in lists_of_traces(attack.cases[0]):
			attacker.expect_no_word(request)
		for case in attacker.hidden:
			for request in traces_of(case):
				attacker.expect_no_word(request)

	assert met_by(go(attack, work)) == EVERYTHING


@pytest.mark.drill
@pytest.mark.whole
def test_every_whitelisted_method_is_silent_about_every_document_that_is_not_ones_own(attack, by_method):
	"""Each reader calls every method about every document that is not theirs."""
	assert met_by(go(attack, lambda attacker, _turn: ask_all(attacker, by_method))) == EVERYTHING


def test_what_is_not_called_takes_no_document(whitelisted):
	for called, (function, _verb) in whitelisted.items():
		if not is_called(called) and called.startswith(("frappe.client.", "frappe.desk.", "frappe.utils.")):
			named = [
				p for p in inspect.signature(function).parameters if re.match(DOCTYPE, p) or re.match(NAME, p)
			]
			assert not named, f"{called}: {named}"


# --- the same channels do tell those who may know: a test that cannot fail would be worth nothing


def test_the_circle_finds_its_own_cases_and_no_others_by_the_same_channels(attack):
	def of(reader):
		desk, wrong = attack.desk(reader), []
		for case, doctype, name in attack.documents():
			answer = ask("resource", f"/api/resource/{doctype}/{name}").send(desk)
			found = (answer.status_code == 200, case.words[doctype] in answer.text)
			if found != (attack.may_see(reader, case, doctype),) * 2:
				wrong.append(f"{reader} {case} {doctype}: {answer.status_code} {answer.text[:300]}")
		for doctype in CASE_DOCTYPES:
			answer = ask("list", f"/api/resource/{doctype}", limit_page_length="0").send(desk)
			listed = {row["name"] for row in answer.json().get("data", [])}
			for case, kind, name in attack.documents():
				if kind == doctype and (name in listed) != attack.may_see(reader, case, kind):
					wrong.append(f"{reader}: {case} {doctype} in the list: {name in listed}")
		return wrong

	with ThreadPoolExecutor(THREADS) as pool:
		wrong = sum(pool.map(of, READERS), [])
	assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("reader", ("officer", "exposed", "strategist"))
def test_the_circle_finds_what_belongs_to_its_cases(attack, reader):
	desk = attack.desk(reader)
	case = next(c for c in attack.cases if (c.party, c.state) == ("A", "Awaiting Police Report"))
	name = case.documents["Incident"]
	for request in (
		ask("file", case.file_url),
		method("download_file", file_url=case.file_url),
		method("frappe.desk.form.load.getdoc", doctype="Incident", name=name),
		method(
			"frappe.desk.reportview.get",
			doctype="Incident",
			fields=["name", "what_happened"],
			filters={"name": name},
		),
		method(
			"frappe.client.get_value", doctype="Incident", fieldname="what_happened", filters={"name": name}
		),
		ask("printview", "/printview", doctype="Incident", name=name),
		ask("comment", f"/api/resource/Comment/{case.rows['Comment']}"),
	):
		answer = request.send(desk)
		if request.channel == "comment" and answer.status_code == 403:
			continue  # the role has no comments list; the form shows them
		assert case.canary in answer.text, f"{request.channel}: {answer.status_code} {answer.text[:300]}"
