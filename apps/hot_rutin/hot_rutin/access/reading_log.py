"""The reading log: who read which case, when and by which way. Rows are added and never changed.

One request is one entry: a row for each document that it shows, all with the same `request`, inserted at once. So the exposed
person finds their own case in it by its name, and whoever looks at it all sees which were shown together.
"""

from datetime import timedelta

import frappe
from frappe.utils import now_datetime

from hot_rutin.access.conditions import readable
from hot_rutin.access.policy import DOCUMENT_OF, READERS

FIELDS = [
	"name", "creation", "modified", "owner", "modified_by", "read_on", "user", "full_name", "case_name", "document", "way", "request",
]  # fmt: skip


def record(documents: set[str], way: str) -> None:
	"""Write a row for each of `documents` (names of case documents) that the signed-in user reads by `way`, once a request.

	The rows are committed at once: they stand even if the request fails after the reading. So this is called where a
	request has changed nothing yet, or is done.
	"""
	reading = frappe.flags.setdefault("reading", frappe._dict(way=way, logged=set(), request=None))
	documents = documents - reading.logged
	reading.logged |= documents
	now, user = now_datetime().replace(microsecond=0), frappe.session.user
	if documents and way == "Print" and frappe.form_dict.get("trigger_print"):
		documents = documents - _just_shown(documents, user, now)
	if not documents:
		return
	reading.request = reading.request or frappe.generate_hash(length=10)
	created, full_name = now_datetime(), frappe.get_cached_value("User", user, "full_name")
	rows = [
		(frappe.generate_hash(length=10), created, created, user, user, now, user, full_name, case_of(document), document, way, reading.request)
		for document in sorted(documents)
	]  # fmt: skip
	# Raw SQL: the log itself writes, and nobody else may. The query builder takes longer to write this statement, which stands
	# in the way of each list, than the database takes to do it.
	values = ", ".join([f"({', '.join(['%s'] * len(FIELDS))})"] * len(rows))
	frappe.db.sql(
		f"insert into `tabIncident Access Log` ({', '.join(FIELDS)}) values {values}",
		[value for row in rows for value in row],
	)
	frappe.db.commit()


def _just_shown(documents, user, now):
	"""The button in a print view asks for that view once more and is led on to the PDF: within a minute, that is one reading.
	The PDF is a file, and has a row of its own."""
	just = {"document": ("in", list(documents)), "read_on": (">", now - timedelta(minutes=1))}
	# get_all: the log itself asks, nobody is told.
	found = frappe.get_all("Incident Access Log", {"user": user, "way": "Print", **just}, pluck="document")
	return set(found)


def log_shown(documents: set[str]) -> None:
	"""Log the reading of documents that a request did not name, as a dossier shows them. Outside a request, nobody reads."""
	if frappe.flags.reading:
		record(documents, frappe.flags.reading.way)


def log_readable(documents: set[str], way: str) -> None:
	"""Log the reading of those of `documents` that the signed-in user may read: an answer can also name others."""
	for doctype in READERS:
		names = {name for name in documents if DOCUMENT_OF[name[0]] == doctype}
		record(set(readable(doctype, names)), way)


def is_report() -> bool:
	"""Return whether somebody asks for a report now, rather than having it mailed or prepared."""
	return bool(frappe.flags.reading) and frappe.flags.reading.way == "Report"


def case_of(document: str) -> str:
	"""Return the name of the case to which a document's name belongs: `P-7KQ2-M9XD-2` is of `H-7KQ2-M9XD`."""
	return "H-" + "-".join(document.upper().split("-")[1:3])
