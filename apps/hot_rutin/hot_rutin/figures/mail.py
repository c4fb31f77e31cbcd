"""The figures by e-mail to managers: Frappe's own Auto Email Report, kept as the settings say.

What is mailed is made in nobody's name, so it holds published figures only (see `reports`).
"""

import frappe
from frappe import _

from hot_rutin.access.policy import MANAGER
from hot_rutin.case.people import People

MAILED = ("Routine Compliance", "Follow-up Timeliness")


def follow_settings() -> None:
	"""Make the two monthly mails, and keep them on or off and to whoever is a manager now. Run daily."""
	# Frappe names the mail after the report, in the language of whoever saves it.
	frappe.local.lang = frappe.db.get_single_value("System Settings", "language")
	wanted = frappe.db.get_single_value("Hot Rutin Settings", "figures_by_mail")
	people = People()
	emails = [account.email for user in people.who(MANAGER, None) if (account := people.account(user))]
	for report in MAILED:
		name = frappe.db.get_value("Auto Email Report", {"report": report, "user": "Administrator"})
		if not name and not (wanted and emails):
			continue
		doc = frappe.get_doc("Auto Email Report", name) if name else frappe.new_doc("Auto Email Report")
		doc.update(
			{
				"report": report,
				"report_type": "Script Report",
				"user": "Administrator",
				"enabled": bool(wanted and emails),
				"email_to": "\n".join(emails) or doc.email_to,
				"frequency": "Monthly",
				"format": "HTML",
				"send_if_data": 1,
				"description": _("Figures of the latest published period. Those under five are hidden (..)."),
			}
		)
		doc.save(ignore_permissions=True)  # nobody changes it by hand; the settings do
