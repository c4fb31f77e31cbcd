"""The papers of a case: what stands on them, for whom, and the PDF.

A print format shows stored documents only, each only to somebody in its circle, whatever the browser sent: it gets them
from `case_documents`, which logs their reading too. They are shown field by field as the DocTypes have it, so that a new
field is on the paper without anyone remembering it.
"""

import io
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import frappe
from frappe import _
from frappe.model import no_value_fields, table_fields
from frappe.utils import cint, cstr, format_datetime, now_datetime

from hot_rutin import steps
from hot_rutin.access.conditions import capacities, may_read, refuse
from hot_rutin.access.policy import AUDITOR, DIRECTOR, EXPOSED, MANAGER, NAME, OFFICER, READERS, STRATEGIST
from hot_rutin.access.reading_log import case_of, log_shown
from hot_rutin.deadlines import TIME_FORMAT
from hot_rutin.pdf import NotMade, make
from hot_rutin.people import signature

# Links to these are words with a translation; other links are names.
TRANSLATED = ("Incident Category", "Role", "Workflow State")
# What a heading says to whoever fills in the form -> what it says on paper.
HEADINGS = {"Can Wait": "More About the Event"}
LONG_TEXTS = ("Long Text", "Small Text", "Text")
TEMPLATES = "hot_rutin/routine/print_format"


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


@frappe.whitelist()
def download_pdf(doctype: str, name: str, format: str | None = None) -> None:
	"""`frappe.utils.print_format.download_pdf`, with pages numbered and tagged for screen readers, and of a case's documents only.

	There is no PDF of a case but the papers that are shipped for its DocType.
	"""
	if doctype not in READERS:
		frappe.throw(
			_("There are papers of cases only. Print the page from the browser."), frappe.PermissionError
		)
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("print")
	_answer(f"{doc.name}.pdf", pdf(doc, format), "pdf")


@frappe.whitelist()
def report_to_pdf(html: str, orientation: str = "Landscape") -> None:
	"""`frappe.utils.print_format.report_to_pdf`, whose browser on the server opens what the text names, its files too.

	This one opens nothing. Raises `frappe.PermissionError` for somebody who reads no reports.
	"""
	frappe.only_for((OFFICER, STRATEGIST, DIRECTOR, MANAGER, AUDITOR), message=True)
	size = "portrait" if orientation == "Portrait" else "landscape"
	_answer("report.pdf", _made(f"{html}<style>@page {{ size: A4 {size}; margin: 15mm }}</style>"), "pdf")


@frappe.whitelist()
def export_case(name: str, kind: str = "pdf") -> None:
	"""Give the exposed person all documents of their case (registerutdrag): as the dossier, as data (`kind` json), or both
	with the attached files (`kind` zip).

	Raises `frappe.PermissionError` for anybody else.
	"""
	if EXPOSED not in capacities(name):
		refuse()
	incident = frappe.get_doc("Incident", name)
	if kind not in ("json", "zip"):
		return _answer(f"{incident.name}.pdf", pdf(incident), "pdf")
	documents = case_documents(incident, *READERS)
	data = frappe.as_json([_data(doc) for doc in documents])
	if kind == "json":
		return _answer(f"{incident.name}.json", data, "download")
	bundle = io.BytesIO()
	with ZipFile(bundle, "w", ZIP_DEFLATED) as archive:
		archive.writestr(f"{incident.name}.pdf", pdf(incident))
		archive.writestr(f"{incident.name}.json", data)
		for doc in documents:
			for number, file in enumerate(_files(doc), 1):
				# Numbered, since two files may have one name.
				archive.writestr(f"{doc.name}/{number} {file.file_name}", _content(file))
	_answer(f"{incident.name}.zip", bundle.getvalue(), "download")


def _files(doc) -> list:
	"""Return the files of a document, oldest first."""
	# get_all: whoever reads a document reads these in its form.
	return frappe.get_all(
		"File",
		filters={"attached_to_doctype": doc.doctype, "attached_to_name": doc.name},
		fields=["name", "file_name", "file_url", "creation"],
		order_by="creation asc",
	)


def _content(file) -> bytes:
	return Path(frappe.get_doc("File", file.name).get_full_path()).read_bytes()


def _data(doc) -> dict:
	"""Return a document as stored, with the names of its files and with what people said in its timeline."""
	said = {"reference_doctype": doc.doctype, "reference_name": doc.name, "comment_type": "Comment"}
	return {
		**doc.as_dict(),
		"files": [{key: file[key] for key in ("file_name", "file_url", "creation")} for file in _files(doc)],
		# get_all: whoever reads a document reads these in its form.
		"comments": frappe.get_all(
			"Comment", filters=said, fields=["comment_by", "content", "creation"], order_by="creation asc"
		),
	}


def _answer(filename, content, kind):
	frappe.local.response.update({"filename": filename, "filecontent": content, "type": kind})


def refuse_foreign_format(doc, format: str | None) -> None:
	"""Refuse another paper of `doc` than its own, where it has one that leaves something out. Raises `PermissionError`."""
	own = frappe.get_meta(doc.doctype).default_print_format
	if format and format != own:
		frappe.throw(
			_("{0} is printed on its own paper only.").format(_(doc.doctype)),
			frappe.PermissionError,
			title=_("Choose the Print Format {0}").format(own),
		)


def pdf(doc, format: str | None = None) -> bytes:
	"""Return a document as PDF, by the print format `format` if it is one that is shipped for it, else by the usual one.

	WeasyPrint and not wkhtmltopdf, which Debian has without page numbers and which tags nothing.
	"""
	doc.run_method("before_print")
	format = _shipped_format(doc.doctype, format)
	folder = frappe.scrub(format)
	body = frappe.render_template(f"{TEMPLATES}/{folder}/{folder}.html", {"doc": doc}, is_path=True)
	page = frappe.render_template(
		"hot_rutin/templates/print_formats/page.html",
		{"title": f"{format} {doc.case_name}", "body": body},
		is_path=True,
	)
	return _made(page, "pdf/ua-1")


def _made(html, variant=None):
	try:
		return make(html, cint(frappe.conf.hot_rutin_pdf_seconds) or 20, variant)
	except NotMade:
		frappe.throw(
			_(
				"This takes too long to make a PDF of, or too many are being made. Wait a minute and try again, or print the page from the browser."
			),
			title=_("No PDF"),
		)


def _shipped_format(doctype, format):
	shipped = {"doc_type": doctype, "module": "Routine", "standard": "Yes"}
	if not format or not frappe.db.exists("Print Format", {**shipped, "name": format}):
		return frappe.get_meta(doctype).default_print_format
	return format
