"""Which cases somebody reads: lists name each case that they show, and what an answer shows is logged (`access_log`)."""

import json
import re

import frappe

from hot_rutin import access_log
from hot_rutin.access import PARENTS, READERS, SHADOWS, may_read
from hot_rutin.channels import LIST_PARAMETERS, OR_FILTERED, SEARCHES
from hot_rutin.names import CODE, DOCUMENT_OF, NAME
from hot_rutin.query_parts import columns, listed, parse_field

# Who counts by other columns than these reads what stands there.
WORDLESS = ("Check", "Date", "Datetime", "Dynamic Link", "Float", "Int", "Link", "Select", "Time")
STANDARD = ("name", "creation", "modified", "docstatus", "idx", "parent", "parenttype", "parentfield")
# Where a request says what is read of a document.
NAMING_FIELDS = ("fields", "fieldname", "filter_fields", "sort_field")
BY_NAME = re.compile(r"\A(?:`tab[^`]+`\.)?`?name`?\Z")


def name_the_rows(request) -> bool:
	"""Let a list of cases, or of what belongs to them, name each case that it shows: the reading log needs it.

	Return False for what shows content and can name no case: sums and groups.
	"""
	asked = frappe.form_dict
	if request.method == "frappe.desk.reportview.get_sidebar_stats":
		asked.stats = '["_user_tags"]'  # what the desk asks for: any other field would be listed
	if request.method and request.method not in OR_FILTERED:
		asked.pop("or_filters", None)  # nor does the log go by them
	if _reaches_into_another_circle(request):
		return False
	if not request.is_list:
		return True
	if request.method not in SEARCHES:
		for unknown in asked.keys() - LIST_PARAMETERS:
			del asked[unknown]
	key = "fieldname" if request.method == "frappe.client.get_value" else "fields"
	given = listed(asked.get(key)) or ["name"]
	fields = [parse_field(field) if isinstance(field, str) else None for field in given]
	if request.target not in (*READERS, *SHADOWS):
		return True
	if None in fields:
		return False
	if asked.get("group_by") and not BY_NAME.match(str(asked.group_by)):
		return False
	if all(field.function.lower() == "count" for field in fields):
		request.counts = True
		return True
	naming = SHADOWS[request.target][1] if request.target in SHADOWS else "name"
	own = ("", f"tab{request.target}")
	names = [field for field in fields if field.table in own and field.column in (naming, "*")]
	# Nor may anything else be called as the name is, a sum among them.
	if any(field.function or (field.key in (naming, "*") and field not in names) for field in fields):
		return False
	if not any(field.key in (naming, "*") for field in names):
		asked[key] = json.dumps([*given, naming])
	return True


def log_answer(response=None, request=None) -> None:
	"""`after_request` hook: log the cases that an answer holds and the request did not name, as lists do.

	What cannot be logged is not answered: the framework would pass over an exception.
	"""
	asked = frappe.flags.asked
	if not asked or not response or response.status_code != 200:
		return
	try:
		_log_answer(asked, response)
	except Exception:
		response.set_data("{}")
		response.status_code, response.mimetype = 500, "application/json"
		response.headers.pop("Content-Disposition", None)
		frappe.log_error("A reading was not logged, and not answered", defer_insert=True)


def _log_answer(asked, response):
	access_log.record(frappe.flags.pop("shown_in_report", None) or set(), "Report")
	if not response.is_json or asked.is_about_codes:
		return
	shown = set(_documents_in(response.get_json(silent=True)))
	if asked.is_list and asked.target in (*READERS, *SHADOWS):
		initials = {initial for initial, document in DOCUMENT_OF.items() if document == asked.target}
		shown |= {
			name
			for name in re.findall(rf"\"((?:H|P|U|M)-{CODE}(?:-\d+)?)\"", response.get_data(as_text=True))
			if not initials or name[0] in initials
		}
	shown |= _counted_by_their_texts(asked)
	shown = {name for name in shown - asked.logged if may_read(DOCUMENT_OF[name[0]], name)}
	access_log.record(shown, asked.way)


def log_shown(documents: set[str]) -> None:
	"""Log the reading of documents that a request did not name, as a dossier shows them. Outside a request, nobody reads."""
	asked = frappe.flags.asked
	if asked:
		access_log.record(documents - asked.logged, asked.way)
		asked.logged |= documents


def _reaches_into_another_circle(request):
	"""Frappe reads `link.field` of a linked document, a case's or a person's, and `rows.field`, past their conditions. But for a
	list, which reads its own rows (`tabRow`.`field`) with them."""
	asked = (
		parse_field(field)
		for key in NAMING_FIELDS
		for field in listed(frappe.form_dict.get(key))
		if isinstance(field, str)
	)
	return any(
		field and field.table and not (request.is_list and field.table.startswith("tab")) for field in asked
	)


def _counted_by_their_texts(request):
	"""Return the documents of cases that were counted for what stands in them or beside them: a text can be read letter by letter
	so."""
	doctype = request.counted
	if doctype not in (*READERS, *SHADOWS):
		return set()
	filters = {key: frappe.parse_json(frappe.form_dict.get(key)) or [] for key in ("filters", "or_filters")}
	kind, naming = SHADOWS.get(doctype, ("name", "name"))
	metas = [frappe.get_meta(name) for name in (doctype, *PARENTS)]
	no_texts = {
		field.fieldname for meta in metas for field in meta.get("fields", {"fieldtype": ("in", WORDLESS)})
	}
	if columns(filters) <= {*no_texts, *STANDARD, kind, naming}:
		return set()
	counted = frappe.get_list(doctype, **filters, pluck=naming, limit_page_length=0)
	return {name.upper() for name in counted if name and NAME.match(name)}


def _documents_in(value):
	"""Yield the names of the cases' documents that an answer holds as documents."""
	if isinstance(value, dict):
		if value.get("doctype") in READERS and NAME.match(str(value.get("name"))):
			yield value["name"]
		for inner in value.values():
			yield from _documents_in(inner)
	elif isinstance(value, list):
		for inner in value:
			yield from _documents_in(inner)
