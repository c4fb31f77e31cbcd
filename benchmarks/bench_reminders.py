"""What a run of reminders costs: the same 100 due among few and many stored cases, and beside stock Frappe's own mails."""

import os
import statistics
import time
from datetime import timedelta

import frappe
from frappe.utils import now_datetime
from hot_rutin.reminders import queue, step_reminders

DUE, TURNS = 100, 7
SIZES = (1_000, 10_000, 100_000)
WAITING_STEPS = 3  # of a stored case: rows of the plan that are not due
MARK = "BENCH-"


def main():
	frappe.init(site=os.environ["HOT_TEST_SITE"], sites_path=os.environ["HOT_TEST_SITES"])
	os.chdir(os.environ["HOT_TEST_SITES"])
	frappe.connect()
	# The system's own runs would take what is due away.
	enable_scheduler(False)
	try:
		step_reminders.follow_new_plan()
		# What the demo's cases wait for is not measured.
		frappe.db.set_value("Step Reminder", {"next_on": ("is", "set")}, "next_on", None)
		make_people()
		medians = {}
		for size in SIZES:
			store_cases(size)
			seconds = [run() for _turn in range(TURNS + 1)][1:]  # the first warms caches
			medians[size] = statistics.median(seconds)
			print(
				f"{DUE} reminders due among {size:,} cases: {medians[size]:.3f} s"
				f" ({min(seconds):.3f} to {max(seconds):.3f}), {DUE / medians[size]:.0f} a second"
			)
		print(f"ratio {SIZES[-1]:,} / {SIZES[0]:,}: {medians[SIZES[-1]] / medians[SIZES[0]]:.2f}")
		stock = statistics.median(stock_mails() for _turn in range(3))
		print(f"ratio to {DUE} mails by frappe.sendmail ({stock:.3f} s): {medians[SIZES[-1]] / stock:.2f}")
	finally:
		clean_up()
		enable_scheduler(True)
		frappe.destroy()


def enable_scheduler(is_on):
	frappe.db.set_single_value("System Settings", "enable_scheduler", int(is_on))
	frappe.db.commit()


def officer(number):
	return f"{MARK.lower()}{number}@havsvik.example"


def insert(doctype, fields, rows):
	frappe.db.bulk_insert(doctype, ["creation", "modified", *fields], rows, chunk_size=5_000)


def make_people():
	"""A party with an officer of its own for each case that is due: a hundred mails, not one."""
	now, everyone = now_datetime(), range(DUE)
	insert("User", ["name", "email", "enabled", "language", "user_type"], [(now, now, officer(n), officer(n), 1, "sv", "System User") for n in everyone])  # fmt: skip
	insert(
		"Political Party", ["name", "party_name"], [(now, now, f"{MARK}{n}", f"{MARK}{n}") for n in everyone]
	)
	insert("Party Officer", ["name", "parent", "parenttype", "parentfield", "user", "from_date", "is_deputy"], [(now, now, f"{MARK}{n}", f"{MARK}{n}", "Political Party", "officers", officer(n), "2020-01-01", 0) for n in everyone])  # fmt: skip


def store_cases(size):
	"""Fill up to `size` cases with `WAITING_STEPS` rows of the plan each; one row of each of the first 100 is due."""
	now = now_datetime()
	have = frappe.db.count("Incident", {"name": ("like", f"{MARK}%")})
	numbers = range(have, size)
	insert(
		"Incident",
		["name", "party", "workflow_state"],
		[(now, now, f"{MARK}{n}", f"{MARK}{n % DUE}", "Reported") for n in numbers],
	)
	insert(
		"Step Reminder",
		["name", "case_name", "step", "action", "responsible_role", "document_type", "document", "deadline", "due_on", "is_acute", "status", "since", "next_on"],
		[
			(now, now, f"{MARK}{n}-{step}", f"{MARK}{n}", "3.1.1-2", "3.1.1 Bedöm", "Party Security Officer", "Incident", f"{MARK}{n}", "Assessment", now + timedelta(days=30), 1, "Waiting", now, now + timedelta(days=29, seconds=n % 86_400))
			for n in numbers
			for step in range(WAITING_STEPS)
		],
	)  # fmt: skip
	frappe.db.commit()
	for doctype in ("Incident", "Step Reminder"):
		frappe.db.sql(f"analyze table `tab{doctype}`")


def run():
	"""Make the 100 due, and return the seconds of one run."""
	then = now_datetime() - timedelta(minutes=1)
	due = [f"{MARK}{n}-0" for n in range(DUE)]
	frappe.db.set_value("Step Reminder", {"name": ("in", due)}, {"next_on": then, "due_on": then})
	frappe.db.commit()
	before = frappe.db.count("Email Queue")
	began = time.perf_counter()
	queue.queue_due()
	seconds = time.perf_counter() - began
	assert frappe.db.count("Email Queue") - before == DUE
	return seconds


def stock_mails():
	"""Seconds of 100 mails of the same size by Frappe's own function."""
	began = time.perf_counter()
	for number in range(DUE):
		frappe.sendmail(
			recipients=[officer(number)], subject="x", message="<p>x</p>" * 5, add_unsubscribe_link=0
		)
	frappe.db.commit()
	return time.perf_counter() - began


def clean_up():
	"""Leave the site as it was."""
	frappe.db.rollback()
	queued = frappe.get_all(
		"Email Queue Recipient", filters={"recipient": ("like", f"{MARK.lower()}%")}, pluck="parent"
	)
	for doctype, filters in (
		("Email Queue Recipient", {"recipient": ("like", f"{MARK.lower()}%")}),
		("Email Queue", {"name": ("in", queued or [""])}),
		("Reminder Mail", {"parent": ("like", f"{MARK}%")}),
		("Step Reminder", {"name": ("like", f"{MARK}%")}),
		("Incident", {"name": ("like", f"{MARK}%")}),
		("Party Officer", {"name": ("like", f"{MARK}%")}),
		("Political Party", {"name": ("like", f"{MARK}%")}),
		("User", {"name": ("like", f"{MARK.lower()}%")}),
	):
		frappe.db.delete(doctype, filters)
	step_reminders.ask_for_a_new_plan()
	step_reminders.follow_new_plan()
	frappe.db.commit()


if __name__ == "__main__":
	main()
