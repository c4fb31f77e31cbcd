"""The papers of a case: what stands on them, and for whom.

A print format shows stored documents only, each only to somebody in its circle, whatever the browser sent: it gets them
from `case_documents`, which logs their reading too. They are shown field by field as the DocTypes have it, so that a new
field is on the paper without anyone remembering it.
"""

import frappe
from frappe import _
from frappe.model import no_value_fields, table_fields
from frappe.utils import cstr, format_datetime, now_datetime

from hot_rutin.access.conditions import may_read
from hot_rutin.access.policy import NAME, READERS
from hot_rutin.access.reading_log import case_of, log_shown
from hot_rutin.case import steps
from hot_rutin.case.deadlines import TIME_FORMAT
from hot_rutin.case.people import signature

# Links to these are words with a translation; other links are names.
TRANSLATED = ("Incident Category", "Role", "Workflow State")
# What a heading says to whoever fills in the form -> what it says on paper.
HEADINGS = {"Can Wait": "More About the Event"}
LONG_TEXTS = ("Long Text", "Small Text", "Text")


def case_documents(doc, *doctypes: str) -> list:
	"""Return the stored documents, of `doctypes`, of the case to which `doc` belongs that the signed-in person may read.

	`doc` may come from a browser, which can put anything in it: only its name counts. Of its own DocType (the default) it
	is the only one returned; of others, all of the case. Their reading is logged. Called by print formats.
	"""
	name = cstr(doc.name).upper()
	if not NAME.match(name):
		return []
	found = []
	for doctype in doctypes or (doc.doctype,):
		if doctype == doc.doctype:
			names = [name]
		elif doctype == "Incident":
			names = [case_of(name)]
		else:
			# get_all: which there are; whether the person may read each is asked next.
			names = frappe.get_all(
				doctype, filters={"incident": case_of(name)}, order_by="creation asc", pluck="name"
			)
		found += [(doctype, one) for one in names if doctype in READERS and may_read(doctype, one)]
	log_shown({one for _doctype, one in found})
	return [frappe.get_doc(doctype, one) for doctype, one in found]


def paper_sections(doc) -> list[dict]:
	"""Return what `doc` holds, under the headings of its form: `heading`, `fields`, and `tables` with `label` and `rows`.

	What is empty is left out, and a heading with nothing under it but marks that nobody made.
	"""
	sections = [{"heading": None, "fields": [], "tables": []}]
	for field in doc.meta.fields:
		if field.fieldtype in ("Tab Break", "Section Break"):
			if field.label:
				sections.append(
					{"heading": _(HEADINGS.get(field.label, field.label)), "fields": [], "tables": []}
				)
		elif field.fieldtype not in table_fields:
			sections[-1]["fields"] += _shown(doc, field)
		elif doc.get(field.fieldname):
			rows = [
				[shown for column in row.meta.fields for shown in _shown(row, column)]
				for row in doc.get(field.fieldname)
			]
			sections[-1]["tables"].append(
				{"fieldname": field.fieldname, "label": _(field.label), "rows": rows}
			)
	return [
		section
		for section in sections
		if section["tables"] or any(shown["text"] != _("No") for shown in section["fields"])
	]


def _shown(part, field) -> list[dict]:
	"""Return the field of a document or row as it stands on paper, or nothing where it says nothing."""
	hidden = field.hidden and field.fieldname != "workflow_state"
	text = "" if hidden or field.fieldtype in no_value_fields else _text(part, field)
	return [{"label": _(field.label), "text": text, "is_long": field.fieldtype in LONG_TEXTS}] if text else []


def _text(part, field) -> str:
	value = part.get(field.fieldname)
	if field.fieldtype == "Check":
		# That a person did not tick is worth knowing; what the system marks is told when it is so.
		return _("Yes") if value else "" if field.read_only else _("No")
	if value in (None, ""):
		return ""
	if field.fieldtype == "Datetime":
		return format_datetime(value, TIME_FORMAT)
	if field.fieldtype == "Select" or field.options in TRANSLATED:
		return _(value)
	if field.fieldtype == "Link":
		meta = frappe.get_meta(field.options)
		if meta.title_field and meta.show_title_field_in_link:
			return cstr(frappe.db.get_value(field.options, value, meta.title_field))
	return cstr(value)


def paper_parts(doc) -> list[dict]:
	"""Return all that `doc` holds as a plain list, each part with the `heading` that it stands under."""
	parts = []
	for section in paper_sections(doc):
		heading = " · ".join(filter(None, [f"{_(doc.doctype)} {doc.name}", section["heading"]]))
		parts += [{"heading": heading, **field} for field in section["fields"]]
		for table in section["tables"]:
			if table["fieldname"] == "steps":
				parts += [
					{"heading": heading, "label": row["title"], "text": row["outcome"]}
					for row in checklist_rows(doc)
				]
				continue
			for number, row in enumerate(table["rows"], 1):
				under = f"{heading} · {table['label']} {number}"
				parts += [{"heading": under, **field} for field in row]
	return parts


def checklist_rows(doc) -> list[dict]:
	"""Return the steps of `doc` as the paper routine has them: `number`, `title`, `action`, `responsible`, and `outcome`."""
	# get_all: the routine itself is no secret.
	words = dict(frappe.get_all("Routine Step", fields=["name", "responsible_text"], as_list=True))
	return [
		{
			"number": step.step_number,
			"title": step.title,
			"action": step.action,
			"responsible": words.get(step.step) or _(step.responsible_role),
			"outcome": _outcome(step),
		}
		for step in doc.get("steps", [])
	]


def _outcome(step) -> str:
	"""Return done when and by whom, not needed and why, or waiting until when. The box tells it at a glance."""
	box = {steps.DONE: "☑", steps.NOT_NEEDED: "☒"}.get(step.status, "☐")
	told = [f"{box} {_(step.status)}"]
	if step.status == steps.WAITING and step.due_on:
		told.append(_("by {0}").format(format_datetime(step.due_on, TIME_FORMAT)))
	if step.done_on:
		told.append(f"{format_datetime(step.done_on, TIME_FORMAT)} {step.done_by or ''}".strip())
	if step.reason:
		told.append(step.reason)
	if step.late_report:
		told.append(f"({_('Reported After the Deadline')})")
	return "\n".join(told)


def printed_by() -> str:
	"""Return who prints, and when, as it stands on every page."""
	return _("Printed by {0} {1}").format(signature(), format_datetime(now_datetime(), TIME_FORMAT))
