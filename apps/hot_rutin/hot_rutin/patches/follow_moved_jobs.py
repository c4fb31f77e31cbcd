"""Functions that jobs call by name have moved: let what is scheduled, and what waits in the queue, call them where they are now."""

import frappe
from frappe.utils.background_jobs import get_queues
from rq.exceptions import DeserializationError

# Path in release 0.1.0 -> path now.
MOVED = {
	"hot_rutin.accounts.mail_link_to_new_password": "hot_rutin.accounts.sign_in.mail_link_to_new_password",
	"hot_rutin.figures_mail.follow_settings": "hot_rutin.figures.mail.follow_settings",
	"hot_rutin.publication.publish_closed_periods": "hot_rutin.figures.publication.publish_closed_periods",
	"hot_rutin.reminders.mend": "hot_rutin.reminders.repair.repair_queue",
	"hot_rutin.reminders.queue_due": "hot_rutin.reminders.queue.queue_due",
	"hot_rutin.reminders.tell_of_unreachable_people": "hot_rutin.reminders.unreachable.tell_of_unreachable_people",
}


def execute():
	for before, now in MOVED.items():
		move_scheduled(before, now)
	for queue in get_queues():
		for job in queue.jobs:
			move_queued(job)


def move_scheduled(before: str, now: str) -> None:
	"""Keep when a scheduled job ran last, whether it is stopped, and its log. Frappe would delete it and make another."""
	job = frappe.db.get_value("Scheduled Job Type", {"method": before})
	if not job or frappe.db.exists("Scheduled Job Type", {"method": now}):
		return
	frappe.db.set_value("Scheduled Job Type", job, "method", now, update_modified=False)
	# As Frappe names it: by this it finds it when the job gets another frequency.
	name = ".".join(now.split(".")[-2:])
	if name != job:
		frappe.rename_doc("Scheduled Job Type", job, name, force=True, show_alert=False, rebuild_search=False)


def move_queued(job) -> None:
	"""Rewrite a job of this site that waits in Redis, as Frappe has queued it: by its function, or as a scheduled job."""
	try:
		queued = job.kwargs
	except DeserializationError:
		return  # of something that another app has removed
	if queued.get("site") != frappe.local.site:
		return
	arguments = queued.get("kwargs") or {}
	method, scheduled = queued.get("method"), arguments.get("job_type")
	if method in MOVED or scheduled in MOVED:
		arguments = {**arguments, **({"job_type": MOVED[scheduled]} if scheduled in MOVED else {})}
		job.kwargs = {**queued, "method": MOVED.get(method, method), "kwargs": arguments}
		job.save()
