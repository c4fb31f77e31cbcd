"""Everything that the app shows a user has a Swedish translation, and every translation keeps what the text refers to.

Reads the app's metadata, code and templates as they are in the repository; needs no site.
"""

import csv
import json
import re
from functools import cache
from pathlib import Path

import pytest
from frappe.translate import extract_messages_from_javascript_code, extract_messages_from_python_code
from frappe.utils import is_html, strip_html_tags

APP = Path(__file__).parents[2] / "apps" / "hot_rutin" / "hot_rutin"
CSV = APP / "translations" / "sv.csv"
ROUTINE = APP / "routine"

# Texts of fields and standard documents that a user reads, by the key they have in the exported JSON.
TEXT_KEYS = {
	"DocField": ("label", "description", "placeholder"),
	"DocType": ("name", "description"),
	"Workspace": ("label", "title"),
	"Workspace Shortcut": ("label", "format"),
	"Workspace Quick List": ("label",),
	"Workspace Number Card": ("label",),
	"Workspace Chart": ("label",),
	"Workspace Link": ("label", "description"),
	"Number Card": ("label",),
	"Dashboard Chart": ("chart_name",),
	"Report": ("report_name",),
	"Report Column": ("label",),
	"Report Filter": ("label",),
	"Notification": ("subject",),
	"Print Format": ("name",),
	"Web Form": (
		"title",
		"introduction_text",
		"button_label",
		"success_title",
		"success_message",
		"list_title",
	),
	"Web Form Field": ("label", "description"),
	"Onboarding Step": ("title", "description"),
}
# Tables of a standard document -> what their rows are; exported rows do not say so themselves.
ROWS = {
	("DocType", "fields"): "DocField",
	("Workspace", "shortcuts"): "Workspace Shortcut",
	("Workspace", "quick_lists"): "Workspace Quick List",
	("Workspace", "number_cards"): "Workspace Number Card",
	("Workspace", "charts"): "Workspace Chart",
	("Workspace", "links"): "Workspace Link",
	("Report", "columns"): "Report Column",
	("Report", "filters"): "Report Filter",
	("Web Form", "web_form_fields"): "Web Form Field",
}
FIXTURE_KEYS = {
	"Role": ("role_name",),
	"Workflow": ("workflow_name",),
	"Workflow State": ("workflow_state_name",),
	"Workflow Action Master": ("workflow_action_name",),
}
# A text with Swedish letters and no English words is the routine's own wording, which a field quotes.
SWEDISH = re.compile(r"[åäöÅÄÖ]")
ENGLISH = re.compile(r"\b(and|for|has|is|not|of|the|to|with|you)\b")


@cache
def translations() -> dict[str, str]:
	"""Return sv.csv as Frappe reads it."""
	found = {}
	with CSV.open(encoding="utf-8", newline="") as file:
		for row in csv.reader(file):
			if row and not row[0].startswith("# "):
				found[":".join((row[0], *row[2:]))] = row[1]
	return found


def routine_wording() -> set[str]:
	"""Return the routine's own sentences as shipped: they need no translation."""
	steps = json.loads((APP / "setup" / "shipped" / "routine_step.json").read_text(encoding="utf-8"))
	return {step["action"].rstrip(".") for step in steps}


def is_swedish(text: str) -> bool:
	return (
		bool(SWEDISH.search(text) and not ENGLISH.search(text))
		or strip_html_tags(text).strip().rstrip(".") in routine_wording()
	)


def documents():
	"""Yield (file, document) for every standard document of the app's module."""
	for file in sorted(ROUTINE.glob("*/*/*.json")):
		doc = json.loads(file.read_text(encoding="utf-8"))
		for one in doc if isinstance(doc, list) else [doc]:
			yield file, one


def texts_of(kind, doc):
	for key in TEXT_KEYS.get(kind, ()):
		if doc.get(key):
			yield doc[key]
	if kind in ("DocField", "Web Form Field", "Report Filter"):
		if doc.get("fieldtype") == "Select":
			yield from (doc.get("options") or "").split("\n")
		elif doc.get("fieldtype") == "HTML" and doc.get("options"):
			yield doc["options"]
	if kind == "Workspace":
		for block in json.loads(doc.get("content") or "[]"):
			if block["data"].get("text"):
				yield block["data"]["text"]
	for (parent, table), row_kind in ROWS.items():
		if parent == kind:
			for row in doc.get(table) or []:
				yield from texts_of(row_kind, row)


def metadata_texts():
	"""Yield (where, text) from DocTypes, workspaces, cards, reports, forms and fixtures."""
	for file, doc in documents():
		for text in texts_of(doc.get("doctype"), doc):
			yield file.relative_to(APP), text
	for file in sorted((APP / "fixtures").glob("*.json")):
		for doc in json.loads(file.read_text(encoding="utf-8")):
			for key in FIXTURE_KEYS.get(doc["doctype"], ()):
				yield file.relative_to(APP), doc[key]


def code_texts():
	"""Yield (where, text) for every message in Python code and in templates, as Frappe looks it up."""
	for file in sorted(APP.rglob("*.py")):
		for message in extract_messages_from_python_code(file.read_text(encoding="utf-8")):
			yield f"{file.relative_to(APP)}:{message[0]}", looked_up(message[1])
	for file in sorted(APP.rglob("*.js")):
		for message in extract_messages_from_javascript_code(file.read_text(encoding="utf-8")):
			yield f"{file.relative_to(APP)}:{message[0]}", message[1]
	for file in (*sorted(APP.rglob("*.html")), *sorted((APP / "templates").rglob("*.txt"))):
		for message in re.findall(r"""_\(\s*(?:"([^"]+)"|'([^']+)')""", file.read_text(encoding="utf-8")):
			yield file.relative_to(APP), looked_up(message[0] or message[1])
	# Reasons that `steps` gives in English, and that are translated where they are written down.
	for message in re.findall(
		r'(?:reason=|return )"([A-Z][^"]+)"', (APP / "case" / "steps.py").read_text(encoding="utf-8")
	):
		yield "steps.py", message


def looked_up(message: str) -> str:
	"""Return the key under which `frappe._` looks a message up: without tags and surrounding spaces."""
	return (strip_html_tags(message) if is_html(message) else message).strip()


@pytest.mark.parametrize("source", [metadata_texts, code_texts], ids=["metadata", "code"])
def test_everything_a_user_reads_is_translated(source):
	missing = {}
	count = 0
	for where, text in source():
		count += 1
		if re.search(r"[A-Za-z]{2}", text) and not translations().get(text) and not is_swedish(text):
			missing.setdefault(text, str(where))
	assert count > 50, "the app's texts were not found"
	assert not missing, "No Swedish for:\n" + "\n".join(
		f"{text!r}  ({where})" for text, where in missing.items()
	)


def test_workspaces_hold_only_blocks_that_are_translated():
	"""Frappe shows a `header` block as it is written, but translates a `paragraph`: headings are paragraphs."""
	untranslated = [
		f"{doc['name']}: {block['data']['text']}"
		for _file, doc in documents()
		if doc.get("doctype") == "Workspace"
		for block in json.loads(doc.get("content") or "[]")
		if block["type"] == "header"
	]
	assert not untranslated


def test_translations_keep_placeholders_and_tags():
	wrong = []
	for text, swedish in translations().items():
		for pattern in (r"\{\w*\}", r"</?\w+"):
			# What is filled in may be left out where Swedish says it without, but never made up.
			if not set(re.findall(pattern, swedish)) <= set(re.findall(pattern, text)):
				wrong.append(text)
	assert not wrong


def test_messages_of_the_app_lose_nothing_that_is_filled_in():
	ours = {text for _where, text in (*metadata_texts(), *code_texts())}
	lost = [
		text
		for text in ours
		if sorted(re.findall(r"\{\w*\}", text))
		!= sorted(re.findall(r"\{\w*\}", translations().get(text, text)))
	]
	assert not lost


def test_file_is_clean():
	"""Two or three columns, nothing twice, no stray spaces: what a reviewer would otherwise have to look for."""
	seen = set()
	with CSV.open(encoding="utf-8", newline="") as file:
		for number, row in enumerate(csv.reader(file), 1):
			if not row:
				continue
			assert len(row) in (2, 3), f"row {number}: {row}"
			key = (row[0], *row[2:])
			assert key not in seen, f"twice, row {number}: {row}"
			seen.add(key)
			if row[0].startswith("# "):
				assert row[1] == "", f"heading with a translation, row {number}: {row}"
			else:
				assert row[1] and row[1] == row[1].strip(), f"row {number}: {row}"
