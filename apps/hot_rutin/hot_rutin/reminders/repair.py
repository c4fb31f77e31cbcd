"""What became of the mails: what went wrong with the queue is repaired, and what left is noted."""

from datetime import timedelta

import frappe
from frappe.utils import now_datetime

from hot_rutin.reminders import lost_jobs
from hot_rutin.reminders.queue import queue_due, show_as_delayed
from hot_rutin.reminders.step_reminders import QUEUED, SENT, follow_new_plan

# A mail that waits longer than this is shown to the administrator.
SHOWN_AS_DELAYED = timedelta(minutes=30)
# A mail is in hand for five minutes at most: that long may a job of Frappe's queue `short` take. After this, whoever was
# sending it has died.
IN_HAND = timedelta(minutes=10)
# After the tries that Frappe gives a mail, it is given some more, this much later.
TRIED_AGAIN_AFTER = timedelta(minutes=30)


def repair_queue() -> None:
	"""See to what went wrong, and to what was changed; runs every five minutes.

	Frappe gives up a mail after a few tries, and holds one whose sender has died for being sent. And where a worker was
	killed, its job is not started again for some minutes: this one stands in.
	"""
	free_mails()
	note_deliveries()
	queue_due()
	follow_new_plan()


def free_mails() -> None:
	"""Let mails that were given up, or that nobody is sending any more, go out with the next ones. None is ever dropped."""
	mail, now = frappe.qb.DocType("Email Queue"), now_datetime()
	for status, since in (("Sending", now - IN_HAND), ("Error", now - TRIED_AGAIN_AFTER)):
		(
			frappe.qb.update(mail)
			.set(mail.status, "Not Sent")
			.set(mail.retry, 0)
			.where((mail.status == status) & (mail.modified < since))
			.run()
		)
	for name in frappe.get_all(
		"Email Queue",
		filters={"status": "Not Sent", "creation": ("<", now - lost_jobs.LOST_AFTER)},
		pluck="name",
	):
		lost_jobs.free(f"email_queue_sendmail_{name}")
	frappe.db.commit()


def note_deliveries() -> None:
	"""Note with the plan which of its mails have been sent, and show the administrator those that wait for long."""
	# get_all: the system's own notes; the administrator reads the outcome.
	waiting = frappe.get_all(
		"Reminder Mail", filters={"status": QUEUED}, fields=["name", "parent", "queued_on", "email_queue"]
	)
	sent = dict(
		frappe.get_all(
			"Email Queue",
			filters={"name": ("in", list({row.email_queue for row in waiting} or [""])), "status": "Sent"},
			fields=["name", "modified"],
			as_list=True,
		)
	)
	sent = {str(name): on for name, on in sent.items()}
	now, delayed = now_datetime(), set()
	for row in waiting:
		if row.email_queue in sent:
			frappe.db.set_value("Reminder Mail", row.name, {"status": SENT, "sent_on": sent[row.email_queue]})
		elif row.queued_on < now - SHOWN_AS_DELAYED:
			delayed.add(row.parent)
	show_as_delayed(delayed)
	for parent in {row.parent for row in waiting} - delayed:
		still = frappe.db.exists("Reminder Mail", {"parent": parent, "status": QUEUED})
		frappe.db.set_value(
			"Step Reminder", parent, "mail_status", QUEUED if still else SENT, update_modified=False
		)
	frappe.db.commit()
