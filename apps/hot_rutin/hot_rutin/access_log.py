"""The reading log: who read which case, when and by which way. Rows are added and never changed."""

from datetime import timedelta

import frappe
from frappe.utils import get_fullname, now_datetime

from hot_rutin.plausibility import in_whole_seconds


def record(documents: set[str], way: str) -> None:
	"""Write a row for each of `documents` (names of case documents) that the signed-in user reads by `way`.

	The rows are committed at once: they stand even if the request fails after the reading. So this is called where a
	request has changed nothing yet, or is done.
	"""
	if not documents:
		return
	now, user = in_whole_seconds(now_datetime()), frappe.session.user
	if way == "Print" and frappe.form_dict.get("trigger_print"):
		documents = documents - _just_shown(documents, user, now)
	for document in sorted(documents):
		frappe.get_doc(
			{
				"doctype": "Incident Access Log",
				"read_on": now,
				"user": user,
				"full_name": get_fullname(user),
				"case_name": case_of(document),
				"document": document,
				"way": way,
			}
		).insert(ignore_permissions=True)  # nobody may write the log; reading does
	frappe.db.commit()


def _just_shown(documents, user, now):
	"""The button in a print view asks for that view once more and is led on to the PDF: within a minute, that is one reading.
	The PDF is a file, and has a row of its own."""
	# get_all: the log itself asks, nobody is told.
	return set(
		frappe.get_all(
			"Incident Access Log",
			filters={
				"user": user,
				"way": "Print",
				"document": ("in", list(documents)),
				"read_on": (">", now - timedelta(minutes=1)),
			},
			pluck="document",
		)
	)


def case_of(document: str) -> str:
	"""Return the name of the case to which a document's name belongs: `P-7KQ2-M9XD-2` is of `H-7KQ2-M9XD`."""
	return "H-" + "-".join(document.upper().split("-")[1:3])
