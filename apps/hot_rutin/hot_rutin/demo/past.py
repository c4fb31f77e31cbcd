"""The demo municipality's past: closed cases of the last years, so that every chart has something to show.

They are too many to play role by role as `cases` does. Each is made as the app would have left it (the checklist follows
from its record, by the app's own functions) and all are written at once. The same cases come out each time, but for their
codes.
"""

import random
from collections import defaultdict
from datetime import timedelta

import frappe
from frappe.utils import add_days, add_months, now_datetime

from hot_rutin.demo import user_of
from hot_rutin.demo.past_case import PastCase
from hot_rutin.figures import publication

# So long ago the last of them was reported: all are closed by now.
ENDED_DAYS_AGO = 40
HALF_YEARS, CASES_A_MONTH = 2, (5, 5, 6, 6, 7, 8, 9)

# Representatives who have left, or have no account: their officers reported for them.
PEOPLE = {
	"Fyrpartiet": (("Fanny Fyrholm", "Kvinna", "30–39 år"), ("Felix Fyrgren", "Man", "60–69 år")),
	"Måslistan": (("Märta Måsholm", "Kvinna", "50–59 år"), ("Mats Måsgren", "Man", None)),
	"Vågorna": (("Vanja Vågholm", "Kvinna", "Under 30 år"), ("Viktor Våggren", "Man", "40–49 år")),
}


def make() -> None:
	"""Make the past, and publish the figures of its closed periods as the calendar would have."""
	people = add_people()
	chance, rows, last = random.Random(7), Rows(), add_days(now_datetime().date(), -ENDED_DAYS_AGO)
	first = publication.period_start(add_months(last, -6 * HALF_YEARS), "Half-Year")
	month = first
	while month <= last:
		for _number in range(chance.choice(CASES_A_MONTH)):
			day = month + timedelta(days=chance.randrange(28))
			if day <= last:
				PastCase(chance, chance.choice(people), day).add_to(rows)
		month = add_months(month, 1)
	rows.insert()
	# A small municipality has too few cases in a quarter for figures in which nobody is found.
	frappe.db.set_single_value("Hot Rutin Settings", "figures_period", "Half-Year")
	publication.publish_closed_periods()


def add_people() -> list:
	"""Add the people without accounts; return all representatives, each with their party's officer."""
	for party, people in PEOPLE.items():
		for name, gender, age_group in people:
			frappe.get_doc(
				{
					"doctype": "Elected Representative",
					"full_name": name,
					"party": party,
					"gender": gender,
					"age_group": age_group,
				}
			).insert(ignore_permissions=True)  # demo data, made at installation
	return frappe.get_all(
		"Elected Representative", fields=["name", "full_name", "party", "user"], order_by="full_name"
	)


class Rows:
	"""Rows of documents, by DocType, to be written at once."""

	def __init__(self):
		self.documents = defaultdict(list)

	def add(self, doc, time, owner):
		"""Add a document and its rows, as `owner` wrote them at `time`."""
		for part in [doc, *doc.get_all_children()]:
			part.name = part.name or frappe.generate_hash(length=10)
			part.owner = part.modified_by = part.owner or user_of(owner)
			part.creation = part.modified = time
			if part is not doc:
				part.parent = doc.name
			self.documents[part.doctype].append(part)

	def insert(self):
		for doctype, documents in self.documents.items():
			columns = frappe.get_meta(doctype).get_valid_columns()
			rows = [doc.get_valid_dict(convert_dates_to_str=True) for doc in documents]
			frappe.db.bulk_insert(doctype, columns, [[row.get(column) for column in columns] for row in rows])
