"""Nobody learns what they should not: each reader asks every channel for every case that is not theirs.

The methods come from the running framework, so that a new one is attacked without anyone remembering it. For a case that a
reader may not see, nothing appears: not the word planted in it, and no other answer than for a case that does not exist.
"""

import importlib
import inspect
import json
import pkgutil
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import frappe
import pytest
from attack import CASE_DOCTYPES, TEXTS, Ask, ask, attack_on, masked, method
from world import said, site

NO_SUCH = {
	"Incident": "H-ZZZZ-ZZZZ",
	"Police Report": "P-ZZZZ-ZZZZ",
	"Follow-up": "U-ZZZZ-ZZZZ",
	"Masked Copy": "M-ZZZZ-ZZZZ-1",
}
THREADS = 4
# What the gate says, before it looks at a case and after.
REFUSALS = (
	"Används inte här: Den här funktionen används inte för ärenden.",
	"Du har inte behörighet: Du har inte behörighet till ärendet, eller inte längre. Inget sparades.",
)

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

# What a method's parameter is given: what it is called decides.
DOCTYPE = r"^(doctype|dt|.*_doctype|.*_dt|document_type|parent|child_type)$"
NAME = r"^(name|names|docname|docnames|doc_name|dn|docs|.*_docname|.*_name|.*_names|.*_doc|document_name|docs|dt_name)$"
SEARCH = r"^(txt|text|search_term|query|term|label)$"


@pytest.fixture(scope="module")
def attack(stack):
	return attack_on(stack)


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


def calls(whitelisted, doctype, name, case):
	"""A request for each method, its parameters filled in with the document."""
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
			"file_url": case.file_url,
			"files": [case.rows["File"]],
			"start": "2020-01-01",
			"end": "2030-01-01",
			"field_map": {"start": "creation", "end": "creation", "id": "name", "title": "what_happened"},
			"method": "frappe.client.get",
			"report_name": "Permitted Documents For User",
		}
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
				params[key] = case.canary[:-3]
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
			}
		request = method(called, **params)
		yield Ask(
			called, verb, *(getattr(request, part) for part in ("path", "params", "body", "content_type"))
		)


def channels_of(doctype, name, case, fields, tables):
	"""Requests for one document by every known way in, and the known ways around (more of these: test_no_way_around.py)."""
	word, r = case.canary, "/api/resource"
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
	decoy = {"doctype": "Disqualification"}
	yield method(read, doctype=doctype, name=name, doc=decoy)
	yield method(
		"frappe.client.get_list",
		doctype="Support Contact",
		parent=doctype,
		doc={"doctype": doctype},
		fields=["*"],
	)
	yield method("frappe.desk.form.utils.add_comment", reference_doctype=doctype, reference_name=name, content="x", comment_email="x", comment_by="x", doctype="Disqualification")  # fmt: skip
	# A name given as a condition: the answer would tell whether a document meets it.
	search = {"name": name, fields[0]: ["like", f"%{word[:-3]}%"]}
	as_json = "application/json"
	for called, key in (
		(read, "name"),
		("frappe.desk.form.load.getdoc", "name"),
		("frappe.client.has_permission", "docname"),
	):
		yield ask(f"{called} by search", f"/api/method/{called}", "POST", body={"doctype": doctype, key: search, "perm_type": "read"}, content_type=as_json)  # fmt: skip
	yield method(read, doctype=doctype, filters=search)
	# Lists and counts as oracles.
	conditions = [[doctype, field, "like", f"%{word[:-3]}%"] for field in fields]
	for called in ("frappe.client.get_list", "frappe.desk.reportview.get", "frappe.desk.reportview.get_list"):
		yield method(called, doctype=doctype, fields=["name"], or_filters=conditions)
		yield method(
			called, doctype=doctype, fields=["name"], filters={"name": name}, order_by=f"{fields[0]} desc"
		)
		yield method(
			called,
			doctype=doctype,
			fields=["count(name) as found"],
			filters={"name": name},
			group_by=fields[0],
		)
		yield method(called, doctype=doctype, fields=[f"max({fields[0]}) as found"], filters={"name": name})
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
	yield method("frappe.client.get_value", doctype=doctype, fieldname=fields[0], filters={"name": name})
	for table, column in tables:
		rows = [[table, column, "like", f"%{word[:-3]}%"]]
		yield method(
			"frappe.client.get_list", doctype=doctype, fields=["name", f"`tab{table}`.{column}"], filters=rows
		)
		yield method("frappe.desk.reportview.get_count", doctype=doctype, filters=rows)
		for parent in (doctype, "User", "Political Party"):
			yield method(
				"frappe.client.get_list", doctype=table, parent=parent, fields=["*"], filters={"parent": name}
			)
			yield method(
				"frappe.client.get_value",
				doctype=table,
				parent=parent,
				fieldname=column,
				filters={"parent": name},
			)
			yield method(read, doctype=table, parent=parent, filters={"parent": name})
		yield ask(
			"rows", f"{r}/{table}", fields='["*"]', filters=json.dumps({"parent": name}), parent=doctype
		)
	# Search.
	for flags in (
		{},
		{"ignore_user_permissions": "1"},
		{"ignore_user_permissions": "1", "reference_doctype": "Police Report", "searchfield": fields[0]},
		{"filter_fields": json.dumps(fields), "searchfield": fields[0], "as_dict": "1"},
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
		yield method(called, doctype=doctype, docname=name, fields=[fields[0]])
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
	# Reports, cards, charts, calendars, exports.
	for user in ("Administrator", None):
		filters = {"user": user, "doctype": doctype}
		yield method(
			"frappe.desk.query_report.run",
			report_name="Permitted Documents For User",
			filters=filters,
			user=user,
		)
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
	chart = {
		"chart_type": "Group By",
		"document_type": doctype,
		"group_by_type": "Count",
		"group_by_based_on": fields[0],
		"name": "x",
	}
	yield method("frappe.desk.doctype.dashboard_chart.dashboard_chart.get", chart=chart, no_cache="1")
	yield method("frappe.desk.doctype.kanban_board.kanban_board.quick_kanban_board", doctype=doctype, board_name="x", field_name="workflow_state")  # fmt: skip
	yield method("frappe.desk.calendar.get_events", doctype=doctype, start="2020-01-01", end="2030-01-01", fields=["*"], field_map={"start": "creation", "end": "creation"})  # fmt: skip
	yield method("frappe.core.doctype.data_export.exporter.export_data", doctype=doctype, with_data="1", all_doctypes="1", file_type="CSV", select_columns={doctype: fields})  # fmt: skip
	yield method(
		"frappe.desk.reportview.export_query",
		doctype=doctype,
		file_format_type="CSV",
		fields=["*"],
		title="x",
	)
	# Sharing, assigning, following, tagging.
	yield method("frappe.share.add", doctype=doctype, name=name, user="Administrator", read="1")
	yield method(
		"frappe.desk.form.assign_to.add", doctype=doctype, name=name, assign_to=["nobody@example.invalid"]
	)
	yield method(
		"frappe.desk.form.document_follow.update_follow", doctype=doctype, doc_name=name, following="1"
	)
	yield method("frappe.desk.doctype.tag.tag.add_tag", tag="x", dt=doctype, dn=name)
	yield method("frappe.desk.doctype.tag.tag.get_tagged_docs", doctype=doctype, tag="x")


def traces_of(case):
	"""Requests for what the framework keeps beside a case, without saying that it is about one."""
	word, r = case.canary, "/api/resource"
	for doctype, name in case.rows.items():
		yield ask(f"{doctype} one", f"{r}/{doctype}/{name}")
		yield ask(f"{doctype} list", f"{r}/{doctype}", fields='["*"]', limit_page_length="0")
		yield method("frappe.desk.reportview.get", doctype=doctype, fields=["*"], page_length="500")
		yield method("frappe.client.get", doctype=doctype, name=name)
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
	file, name = case.rows["File"], case.documents["Incident"]
	yield ask("file", case.file_url)
	yield ask("file by guess", f"/private/files/{word}.txt")
	yield method("download_file", file_url=case.file_url)
	yield ask("file with host", "/api/method/download_file", file_url=f"http://{case.file_url}")
	yield method("frappe.utils.file_manager.download_file", file_url=case.file_url)
	yield method("frappe.core.api.file.zip_files", files=[file])
	yield method("frappe.core.doctype.file.file.zip_files", files=[file])
	yield method("frappe.core.api.file.unzip_file", name=file)
	yield method("frappe.core.api.file.get_files_by_search_text", text=word[:-3])
	yield method("frappe.core.api.file.get_files_in_folder", folder="Home/Attachments", page_length="500")
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
		("frappe.desk.search.get_names_for_mentions", {"search_term": ""}),
		("frappe.desk.doctype.tag.tag.get_documents_for_tag", {"tag": "märke"}),
		("frappe.desk.doctype.notification_log.notification_log.get_notification_logs", {"limit": "100"}),
		("frappe.desk.notifications.get_open_count", {"doctype": "User", "name": "Guest"}),
		("frappe.core.doctype.deleted_document.deleted_document.restore", {"name": case.rows["Deleted Document"]}),
		("frappe.utils.diff.get_version_diff", {"from_version": case.rows["Version"], "to_version": case.rows["Version"], "fieldname": "what_happened"}),
		("frappe.desk.form.utils.update_comment", {"name": case.rows["Comment"], "content": "x"}),
		("frappe.desk.doctype.system_console.system_console.execute_code", {"doc": {"doctype": "System Console", "type": "SQL", "console": "select * from tabIncident"}}),
		("frappe.automation.doctype.auto_repeat.auto_repeat.generate_message_preview", {"reference_dt": "User", "reference_doc": "Guest", "message": "{{ frappe.db.sql('select what_happened from `tabInc' ~ 'ident`') }}"}),
		("frappe.recorder.get", {}),
	):  # fmt: skip
		yield method(called, **params)
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
		# Words of cases of which the reader may see nothing at all.
		self.hidden = [
			case
			for case in attack.cases
			if not any(attack.may_see(reader, case, doctype) for doctype in case.documents)
		]
		self.unseen = re.compile("|".join([case.canary for case in self.hidden] or [r"(?!)"]))

	def send(self, request):
		self.channels[request.channel] += 1
		began = time.monotonic()
		try:
			return request.send(self.desk)
		finally:
			if time.monotonic() - began > 20:
				print("slow:", self.reader, request)

	def expect_no_word(self, request, *own):
		"""No word of a case that the reader may see nothing of, and none of `own` (words of documents they may not see)."""
		answer = self.send(request)
		told = self.unseen.findall(answer.text) + [word for word in own if word in answer.text]
		if told:
			self.found.append(f"{self.reader}: {request.channel} tells {told[0]}: {answer.text[:300]}")
		return answer

	def expect_same(self, real, made_up, name, no_such, *own, unless_refused=False):
		"""The same answer as for a case that does not exist; where the request names none, no word in it."""
		answer = self.expect_no_word(real, *own)
		if real == made_up or (unless_refused and answer.status_code == 403 and said(answer) in REFUSALS):
			return
		first = masked(answer, name, no_such)
		second = masked(self.expect_no_word(made_up, *own), name, no_such)
		if first != second:
			self.found.append(
				f"{self.reader}: {real.channel} {real.params}\n    {first}\n    {second}"[:1500]
			)


def shapes(stack):
	"""DocType -> (its text fields, and for each of its tables a text field)."""
	with site(stack):
		found = {}
		for doctype in CASE_DOCTYPES:
			meta = frappe.get_meta(doctype)
			texts = [
				f.fieldname
				for f in meta.fields
				if f.fieldtype in TEXTS and f.fieldname not in ("incident", "next_action")
			]
			tables = []
			for table in meta.get_table_fields():
				column = next(
					f.fieldname for f in frappe.get_meta(table.options).fields if f.fieldtype in TEXTS
				)
				tables.append((table.options, column))
			found[doctype] = (texts or ["incident"], tables)
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
# Those who stand closest to a case that is not theirs, and those with the most power. They ask everything twice: of a case,
# and of one that does not exist. The others, who ask as much of the case, do so where the answer is not the gate's own.
THE_MOST_DANGEROUS = ("foreign_officer", "director", "plain", "system_manager", "site_administrator", "guest")


def in_parallel(readers, work):
	with ThreadPoolExecutor(THREADS) as pool:
		return list(pool.map(work, readers))


def forbidden(attack, reader):
	return [found for found in attack.documents() if not attack.may_see(reader, found[0], found[1])]


def test_every_channel_is_silent_about_a_case_that_is_not_ones_own(attack, stack):
	fields = shapes(stack)

	def work(reader):
		attacker = Attacker(attack, reader)
		documents = forbidden(attack, reader)
		# All documents by their plainest channel, and one of each kind by every one.
		for _case, doctype, name in documents:
			attacker.expect_same(*pair("resource", doctype, name), name, NO_SUCH[doctype])
		for case, doctype, name in one_of_each(documents):
			texts, tables = fields[doctype]
			if doctype != "Incident" and reader not in THE_MOST_DANGEROUS:
				continue
			tables = tables[: 1 + (doctype == "Incident" and reader in THE_MOST_DANGEROUS)]
			real, made_up = (channels_of(doctype, n, case, texts, tables) for n in (name, NO_SUCH[doctype]))
			own = (
				() if any(attack.may_see(reader, case, other) for other in case.documents) else (case.canary,)
			)
			for request, other in zip(real, made_up, strict=True):
				attacker.expect_same(
					request,
					other,
					name,
					NO_SUCH[doctype],
					*own,
					unless_refused=reader not in THE_MOST_DANGEROUS,
				)
		for case in attacker.hidden[:1]:
			for request in traces_of(case):
				attacker.expect_no_word(request)
		return attacker

	report(in_parallel(READERS, work))


def test_every_whitelisted_method_is_silent_about_a_case_that_is_not_ones_own(attack, whitelisted):
	"""Every reader calls every method for a case that is not theirs, and reads no word of it.

	That the answer is the same for a case that does not exist is asked by the most dangerous readers of every method, and
	by the others where the answer is not one of the gate's own two, which are made without a look at any case: those have
	been compared for the same method by six readers.
	"""
	assert len(whitelisted) > 200, "the methods of the framework were not found"

	def work(reader):
		attacker = Attacker(attack, reader)
		case, doctype, name = furthest(attack, reader)
		real, made_up = (calls(whitelisted, doctype, n, case) for n in (name, NO_SUCH[doctype]))
		for request, other in zip(real, made_up, strict=True):
			attacker.expect_same(
				request, other, name, NO_SUCH[doctype], unless_refused=reader not in THE_MOST_DANGEROUS
			)
		return attacker

	report(in_parallel(READERS, work))


def furthest(attack, reader):
	"""An incident that the reader may not see, with as much in it as there is: of a requested report, if any."""
	incidents = [found for found in forbidden(attack, reader) if found[1] == "Incident"]
	return next((found for found in incidents if found[0].state == "Awaiting Police Report"), incidents[-1])


def test_what_is_not_called_takes_no_document(whitelisted):
	for called, (function, _verb) in whitelisted.items():
		if not is_called(called) and called.startswith(("frappe.client.", "frappe.desk.", "frappe.utils.")):
			named = [
				p for p in inspect.signature(function).parameters if re.match(DOCTYPE, p) or re.match(NAME, p)
			]
			assert not named, f"{called}: {named}"


def pair(_channel, doctype, name):
	return [ask("resource", f"/api/resource/{doctype}/{n}") for n in (name, NO_SUCH[doctype])]


def one_of_each(documents):
	"""The furthest case of each DocType: the one with the most in it that an outsider could find."""
	return list({doctype: (case, doctype, name) for case, doctype, name in documents}.values())


def report(attackers):
	channels = sum((attacker.channels for attacker in attackers), Counter())
	print(f"\n{len(channels)} channels, {sum(channels.values())} requests")
	found = [line for attacker in attackers for line in attacker.found]
	assert not found, f"{len(found)} leaks:\n" + "\n".join(found[:60])


# --- the same channels do tell those who may know: a test that cannot fail would be worth nothing


@pytest.mark.parametrize("reader", READERS)
def test_the_circle_finds_its_own_cases_and_no_others_by_the_same_channels(attack, reader):
	desk = attack.desk(reader)
	for case, doctype, name in attack.documents():
		may = attack.may_see(reader, case, doctype)
		answer = ask("resource", f"/api/resource/{doctype}/{name}").send(desk)
		assert (answer.status_code == 200) is may, (
			f"{case} {doctype}: {answer.status_code} {answer.text[:300]}"
		)
		assert (case.canary in answer.text) is may
	for doctype in CASE_DOCTYPES:
		answer = ask("list", f"/api/resource/{doctype}", limit_page_length="0").send(desk)
		listed = {row["name"] for row in answer.json().get("data", [])}
		ours = {
			name: attack.may_see(reader, case, kind)
			for case, kind, name in attack.documents()
			if kind == doctype
		}
		assert listed & set(ours) == {name for name, may in ours.items() if may}


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
