"""A paper as PDF, by the print formats that are shipped, and what the framework's print buttons call."""

import frappe
from frappe import _
from frappe.utils import cint

from hot_rutin.access.policy import AUDITOR, DIRECTOR, MANAGER, OFFICER, READERS, STRATEGIST
from hot_rutin.papers.pdf import NotMade, make

TEMPLATES = "hot_rutin/routine/print_format"


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
	answer(f"{doc.name}.pdf", pdf(doc, format), "pdf")


@frappe.whitelist()
def report_to_pdf(html: str, orientation: str = "Landscape") -> None:
	"""`frappe.utils.print_format.report_to_pdf`, whose browser on the server opens what the text names, its files too.

	This one opens nothing. Raises `frappe.PermissionError` for somebody who reads no reports.
	"""
	frappe.only_for((OFFICER, STRATEGIST, DIRECTOR, MANAGER, AUDITOR), message=True)
	size = "portrait" if orientation == "Portrait" else "landscape"
	answer("report.pdf", made_pdf(f"{html}<style>@page {{ size: A4 {size}; margin: 15mm }}</style>"), "pdf")


def answer(filename, content, kind):
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
	return made_pdf(page, "pdf/ua-1")


def made_pdf(html, variant=None):
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
