"""Leave out of an earlier site's plan of reminders what tells the administrator whose case it is, or what was decided in it."""

import frappe

from hot_rutin.reminders import step_reminders


def execute():
	"""Tell of each step only whether it waits, and when it was reminded of."""
	frappe.db.set_value(
		"Step Reminder", {"status": ("!=", "Waiting")}, "status", step_reminders.ENDED, update_modified=False
	)
	frappe.db.set_value("Step Reminder", {"passed_on": 1}, "passed_on", 0, update_modified=False)
	if frappe.db.has_column("Step Reminder", "mails_queued"):
		frappe.db.sql_ddl("alter table `tabStep Reminder` drop column mails_queued")
	told = {}
	# get_all: the system's own plan, at a migration; nobody asks.
	for mail in frappe.get_all("Reminder Mail", fields=["parent", "queued_on", "kind"], order_by="queued_on"):
		told.setdefault(mail.parent, {})[mail.queued_on] = step_reminders.line(mail.queued_on, mail.kind)
	for name, lines in told.items():
		frappe.db.set_value(
			"Step Reminder", name, "reminded", "\n".join(lines.values()), update_modified=False
		)
