"""What a new site gets once, and what each migration makes sure of."""

import json
from pathlib import Path

import frappe

from hot_rutin.accounts import require_safe_sign_in

SHIPPED = Path(__file__).parent / "shipped"
# Frappe runs background jobs once a day where nobody has signed in for so many days. A reminder is for just such days.
NEVER_DORMANT_DAYS = 36_500


def after_install() -> None:
	"""Give a new site the routine's 19 steps, the categories and the settings as shipped."""
	insert_what_is_missing()
	ship_times_of_reminders()
	require_safe_sign_in()
	keep_jobs_running()


def after_migrate() -> None:
	"""Add steps and categories that a new version ships. Those that exist are the municipality's, and stay as they are."""
	insert_what_is_missing()
	keep_jobs_running()


def insert_what_is_missing() -> None:
	"""Insert shipped rows that the site does not have, and fill settings that have no value yet."""
	for file in sorted(SHIPPED.glob("*.json")):
		for row in json.loads(file.read_text(encoding="utf-8")):
			doc = frappe.get_doc(row)
			doc.insert(ignore_permissions=True, ignore_if_duplicate=True)  # the installer acts for nobody
	settings = frappe.get_single("Hot Rutin Settings")
	for field in settings.meta.fields:
		if field.default and settings.get(field.fieldname) in (None, "", 0):
			if not frappe.db.exists("Singles", {"doctype": settings.doctype, "field": field.fieldname}):
				settings.set(field.fieldname, field.default)
	settings.save(ignore_permissions=True)  # the installer acts for nobody


def ship_times_of_reminders() -> None:
	"""Give the settings of a new site the shipped plan of reminders. Later it is the municipality's."""
	settings = frappe.get_single("Hot Rutin Settings")
	settings.set("reminder_times", json.loads((SHIPPED / "settings" / "reminder_times.json").read_text()))
	settings.save(ignore_permissions=True)  # the installer acts for nobody


def keep_jobs_running() -> None:
	"""Have reminders go out also when nobody has signed in for days."""
	frappe.db.set_single_value("System Settings", "dormant_days", NEVER_DORMANT_DAYS)
