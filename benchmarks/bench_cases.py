"""What a case costs beside stock Frappe, as ratios within one run: saving one, and listing one's own among many.

The stock DocType has the fields and rows of `Incident`, and none of its rules.
"""

import os
import statistics
import time

import frappe
from hot_rutin.demo import PARTIES, user_of
from hot_rutin.demo.cases import Story

PLAIN = "Bench Plain Case"
SAVES, LISTS = 15, 40
FEW, MANY = 500, 20_000
PARTY = "Fyrpartiet"
OFFICER = user_of(PARTIES[PARTY][0])


def main():
	frappe.init(site=os.environ["HOT_TEST_SITE"], sites_path=os.environ["HOT_TEST_SITES"])
	os.chdir(os.environ["HOT_TEST_SITES"])
	frappe.connect()
	try:
		make_plain_doctype()
		print_ratio("save a case / save a stock document of its size", *in_turn(SAVES, *savers()))
		few = list_costs(FEW)
		many = list_costs(MANY)
		print_ratio(f"list own cases among {MANY:,} / list stock documents", *many)
		print_ratio(f"list own cases among {MANY:,} / among {FEW:,}", many[0], few[0])
	finally:
		clean_up()
		frappe.destroy()


def make_plain_doctype():
	"""A custom DocType with the fields of `Incident`."""
	if frappe.db.exists("DocType", PLAIN):
		return
	fields = [
		{
			key: field.get(key)
			for key in ("fieldname", "fieldtype", "label", "options", "in_list_view", "search_index")
			if field.get(key)
		}
		for field in frappe.get_meta("Incident").fields
		if field.fieldname != "workflow_state"
	]
	frappe.get_doc(
		{
			"doctype": "DocType",
			"name": PLAIN,
			"module": "Routine",
			"custom": 1,
			"autoname": "hash",
			"track_changes": 1,
			"fields": fields,
			"permissions": [{"role": "Party Security Officer", "read": 1, "write": 1, "create": 1}],
		}
	).insert()


def savers():
	"""Two functions: save a case with its rows as its officer, and a stock document with the same values."""
	story = Story("Folke Fyrlund", "Mätning", "Hot").assess().support()
	frappe.db.commit()
	frappe.set_user(OFFICER)
	incident = frappe.get_doc("Incident", story.incident)
	plain = insert_plain(values_of(incident))
	frappe.db.commit()

	def save(doctype, name):
		doc = frappe.get_doc(doctype, name)
		doc.place = f"Plats {time.monotonic_ns()}"
		doc.save()
		frappe.db.commit()

	return lambda: save("Incident", incident.name), lambda: save(PLAIN, plain.name)


def values_of(incident):
	"""What a case holds, with its rows, without what makes it and them these ones."""
	values = incident.as_dict(no_default_fields=True)
	for rows in values.values():
		for row in rows if isinstance(rows, list) else []:
			for key in ("name", "parent", "parentfield", "parenttype"):
				row.pop(key, None)
	return values


def insert_plain(values):
	"""A stock document with these values: what they link to may be on another site."""
	return frappe.get_doc({**values, "doctype": PLAIN}).insert(ignore_permissions=True, ignore_links=True)


def list_costs(stored):
	"""Seconds of each listing of 20, with `stored` documents of other parties: of own cases, and of stock documents."""
	frappe.set_user("Administrator")
	for doctype in ("Incident", PLAIN):
		have = frappe.db.count(doctype, {"place": "Mätning"})
		rows = [
			(f"BENCH-{doctype[:1]}-{number}", "Måslistan", "Mätning", frappe.utils.now(), frappe.utils.now())
			for number in range(have, stored)
		]
		frappe.db.bulk_insert(
			doctype, ["name", "party", "place", "creation", "modified"], rows, chunk_size=5_000
		)
		frappe.db.commit()
		frappe.db.sql(f"analyze table `tab{doctype}`")
	frappe.set_user(OFFICER)

	def listing(doctype):
		fields = ["name", "next_action", "next_due", "exposed_name"]
		return lambda: frappe.get_list(doctype, fields=fields, limit=20, order_by="creation desc")

	return in_turn(LISTS, listing("Incident"), listing(PLAIN))


def in_turn(times, *functions):
	"""Run the functions in turn, so that a slow moment of the machine meets all. Returns the seconds of each."""
	seconds = [[] for _function in functions]
	for _turn in range(times + 1):
		for taken, function in zip(seconds, functions, strict=True):
			began = time.perf_counter()
			function()
			taken.append(time.perf_counter() - began)
	return [taken[1:] for taken in seconds]  # the first turn warms caches


def print_ratio(what, ours, theirs):
	ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
	print(
		f"{what}: ratio {statistics.median(ratios):.2f} (of {len(ratios)} pairs, {min(ratios):.2f} to {max(ratios):.2f});"
		f" medians {statistics.median(ours) * 1000:.1f} ms and {statistics.median(theirs) * 1000:.1f} ms"
	)


def clean_up():
	"""Leave the site as it was."""
	frappe.db.rollback()
	frappe.set_user("Administrator")
	frappe.db.delete("Incident", {"name": ("like", "BENCH-%")})
	if frappe.db.exists("DocType", PLAIN):
		frappe.delete_doc("DocType", PLAIN, force=True)
	frappe.db.commit()


if __name__ == "__main__":
	main()
