"""All that is held of a case, given to the exposed person."""

import io
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import frappe

from hot_rutin.access.conditions import capacities, refuse
from hot_rutin.access.policy import EXPOSED, READERS
from hot_rutin.papers.content import case_documents
from hot_rutin.papers.printing import answer, pdf


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
		return answer(f"{incident.name}.pdf", pdf(incident), "pdf")
	documents = case_documents(incident, *READERS)
	data = frappe.as_json([_data(doc) for doc in documents])
	if kind == "json":
		return answer(f"{incident.name}.json", data, "download")
	bundle = io.BytesIO()
	with ZipFile(bundle, "w", ZIP_DEFLATED) as archive:
		archive.writestr(f"{incident.name}.pdf", pdf(incident))
		archive.writestr(f"{incident.name}.json", data)
		for doc in documents:
			for number, file in enumerate(_files(doc), 1):
				# Numbered, since two files may have one name.
				archive.writestr(f"{doc.name}/{number} {file.file_name}", _content(file))
	answer(f"{incident.name}.zip", bundle.getvalue(), "download")


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
