"""What a new site gets once, and what each migration makes sure of."""

import json
from pathlib import Path

import frappe
from frappe import _, scrub
from frappe.modules import get_module_path
from frappe.website.doctype.web_form.web_form import get_published_web_forms

from hot_rutin.access.policy import LOGS, OWN_MODULE, PARENTS, READERS, REGISTERS

SHIPPED = Path(__file__).parent / "shipped"
# Frappe runs background jobs once a day where nobody has signed in for so many days. A reminder is for just such days.
NEVER_DORMANT_DAYS = 36_500


def after_install() -> None:
	"""Give a new site the routine's 19 steps, the categories and the settings as shipped."""
	insert_what_is_missing()
	ship_plan_of_reminders()
	require_safe_sign_in()
	keep_jobs_running()
	count_no_links()
	take_down_web_forms()
	tidy_menus_and_pages()
	hide_time_zones()


def after_migrate() -> None:
	"""Add steps and categories that a new version ships. Those that exist are the municipality's, and stay as they are."""
	insert_what_is_missing()
	keep_jobs_running()
	count_no_links()
	take_down_web_forms()
	hide_time_zones()
	keep_html_of_forms()


def require_safe_sign_in() -> None:
	"""Set password policy, lockout and session length, and switch the second factor on (strategist and director have it).

	A demo (`hot_rutin_demo` in the site's configuration) goes without the second factor.
	"""
	settings = frappe.get_doc("System Settings")
	settings.update(
		{
			"enable_password_policy": 1,
			# The highest: the dictionary that rates passwords knows no Swedish.
			"minimum_password_score": "4",
			"allow_consecutive_login_attempts": 10,
			"allow_login_after_fail": 300,
			"session_expiry": "08:00",
			"login_with_email_link": 0,
			# What an error of the database says may be a case's.
			"allow_error_traceback": 0,
			# Done by `end_other_sessions`.
			"logout_on_password_reset": 0,
			"disable_document_sharing": 1,
			"enable_two_factor_auth": 0 if frappe.conf.get("hot_rutin_demo") else 1,
			"two_factor_method": "Email",
		}
	)
	settings.flags.ignore_mandatory = True  # a new site has no language and time zone yet
	settings.save(ignore_permissions=True)  # the installer acts for nobody
	website = frappe.get_doc("Website Settings")
	website.update({"app_name": "Hot-rutinen", "disable_signup": 1, "hide_footer_signup": 1})
	website.save(ignore_permissions=True)  # the installer acts for nobody


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


def ship_plan_of_reminders() -> None:
	"""Give the settings of a new site the shipped plan of reminders. Later it is the municipality's."""
	settings = frappe.get_single("Hot Rutin Settings")
	# Not as defaults of the fields: Frappe takes a time's default for the time of day that it is.
	settings.update(json.loads((SHIPPED / "settings" / "reminders.json").read_text()))
	settings.save(ignore_permissions=True)  # the installer acts for nobody


def keep_html_of_forms() -> None:
	"""Give the HTML fields of forms back what the exported files say: a migration cleans it as if a user had typed it, and with
	`tel:` links the sentences go that translations are found by."""
	for doctype in frappe.get_all("DocType", {"module": OWN_MODULE}, pluck="name"):
		exported = Path(get_module_path(OWN_MODULE), "doctype", scrub(doctype), f"{scrub(doctype)}.json")
		for field in json.loads(exported.read_text(encoding="utf-8"))["fields"]:
			if field["fieldtype"] == "HTML":
				named = {"parent": doctype, "fieldname": field["fieldname"]}
				# Not by saving the DocType: that cleans it again.
				frappe.db.set_value("DocField", named, "options", field["options"], update_modified=False)
		frappe.clear_cache(doctype=doctype)


def keep_jobs_running() -> None:
	"""Have reminders go out also when nobody has signed in for days."""
	frappe.db.set_single_value("System Settings", "dormant_days", NEVER_DORMANT_DAYS)


def count_no_links() -> None:
	"""Stop Frappe's job that counts in `idx` how often each document is linked to: whoever lists people or categories would see
	which of them a case has, and when it is saved or read."""
	frappe.db.set_value(
		"Scheduled Job Type", {"method": "frappe.model.utils.link_count.update_link_count"}, "stopped", 1
	)


def take_down_web_forms() -> None:
	"""Publish none of the framework's web forms: their pages tell whether a document exists, and ask for personal data.

	After each migration, since one that brings a newer form publishes it anew.
	"""
	# Not by saving: a standard form may be changed by a developer only, and its `modified` says whether it is the newest.
	frappe.db.set_value("Web Form", {"published": 1}, "published", 0, update_modified=False)
	get_published_web_forms.clear_cache()


def tidy_menus_and_pages() -> None:
	"""Leave out of the account's menu what nobody in the routine has a use for, and put 112 above the sign-in page.

	Both are settings, which a municipality may change.
	"""
	navbar = frappe.get_single("Navbar Settings")
	for item in navbar.settings_dropdown + navbar.help_dropdown:
		if item.item_label in ("My Profile", "Session Defaults", "View Website", "Frappe Support"):
			item.hidden = 1
	navbar.save(ignore_permissions=True)  # the installer acts for nobody
	website = frappe.get_single("Website Settings")
	website.update(
		{
			"brand_html": "Hot-rutinen",
			"footer_powered": "Hot-rutinen",
			"banner_html": '<div class="alert alert-danger text-center mb-0" role="note">{}</div>'.format(
				# Shown as it stands to somebody who has not said in which language.
				_("Immediate danger? Call {0} first.", lang="sv").format('<a href="tel:112"><b>112</b></a>')
			),
		}
	)
	website.save(ignore_permissions=True)  # the installer acts for nobody


def hide_time_zones() -> None:
	"""Show no "Europe/Stockholm" below each time: everybody here lives by one clock. (No DocType can say so itself.)"""
	for doctype in (*READERS, *PARENTS, *REGISTERS, *LOGS):
		for field in frappe.get_meta(doctype).get("fields", {"fieldtype": "Datetime"}):
			if not field.get("hide_timezone"):
				frappe.make_property_setter(
					{
						"doctype": doctype,
						"fieldname": field.fieldname,
						"property": "hide_timezone",
						"value": "1",
						"property_type": "Check",
					},
					ignore_validate=True,
					validate_fields_for_doctype=False,  # of one property that shows nothing
				)
