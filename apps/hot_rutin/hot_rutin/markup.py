"""Texts of cases in the desk: they are evidence, so any may hold markup. It is stored and shown to the letter, and drawn as text.

The desk puts what it is sent into its pages as HTML: read-only fields, cells of tables, lists. So on its way there each sign
that would begin a tag or a character reference gets a variation selector, which makes plain text of it for every parser of
HTML, is invisible, and belongs to the sign before it wherever a text is edited. On its way back it is taken away. What other
programs ask for (`/api/resource`, `frappe.client.get`, exports) holds texts as they are stored.
"""

import json
import re

import frappe

from hot_rutin.access import PARENTS, READERS
from hot_rutin.query_parts import parsed_json

# Variation selector 15: "as text".
AS_TEXT = "\ufe0e"
# Where the HTML standard leaves plain text (13.2.5.6 tag open state, 13.2.5.72 character reference state), and what has been marked.
OPENING = re.compile(rf"[<&](?={AS_TEXT}*[A-Za-z/!?#])")
MARKED = re.compile(rf"([<&]){AS_TEXT}(?={AS_TEXT}*[A-Za-z/!?#])")
# What answers with documents that the desk draws, and where in the answer these are; and its lists.
DOCUMENTS = {
	"frappe.desk.form.load.getdoc": "docs",
	"frappe.desk.form.save.savedocs": "docs",
	"frappe.client.set_value": "message",
	"frappe.model.workflow.apply_workflow": "message",
}
LISTS = {"frappe.desk.reportview.get", "frappe.desk.reportview.get_list"}


def as_text(value):
	"""Return `value` with all texts in it, at whatever depth, in the form that no browser takes for markup."""
	return _changed(value, lambda text: OPENING.sub(rf"\g<0>{AS_TEXT}", text))


def as_stored(value):
	"""Return what `as_text` was given. A text that held a variation selector there by itself has it again."""
	return _changed(value, lambda text: MARKED.sub(r"\1", text))


def store_to_the_letter() -> None:
	"""`auth_hooks`, before the gate: what comes back from the desk is judged, compared and stored as it was before it went there."""
	if "/api/resource/" in frappe.request.path:
		return
	for key, value in frappe.form_dict.items():
		# These hold documents, or a document's fields, as JSON, which may write any sign as `\u....`.
		document = parsed_json(value) if key in ("doc", "fieldname") and isinstance(value, str) else None
		frappe.form_dict[key] = json.dumps(as_stored(document)) if document else as_stored(value)


def show_as_text(response=None, request=None) -> None:
	"""`after_request` hook: what the desk draws of a case is text."""
	asked = frappe.flags.asked
	if not asked or not response or not response.is_json:
		return
	key = "message" if asked.method in LISTS else DOCUMENTS.get(asked.method)
	if key and asked.target in (*READERS, *PARENTS):
		answer = response.get_json()
		if key in answer:
			answer[key] = as_text(answer[key])
			response.set_data(json.dumps(answer, separators=(",", ":")))


def _changed(value, change):
	if isinstance(value, dict):
		return {key: _changed(inner, change) for key, inner in value.items()}
	if isinstance(value, list):
		return [_changed(inner, change) for inner in value]
	return change(value) if isinstance(value, str) else value
