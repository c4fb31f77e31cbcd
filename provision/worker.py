"""Frappe's worker, with what its jobs need loaded already.

For each job a worker forks. Frappe's own has loaded next to nothing by then, so that every job, also one that finds nothing to
do, begins with half a second or more of imports; here they are done once.

Runs in the bench's Python environment with the sites folder as its working directory:
    python -m provision.worker QUEUE,QUEUE"""

import sys
from importlib import import_module

from frappe.utils.background_jobs import start_worker

LOADED = (
	"frappe.core.doctype.scheduled_job_type.scheduled_job_type",
	"frappe.email.doctype.email_account.email_account",
	"frappe.email.doctype.email_queue.email_queue",
	"frappe.email.doctype.notification.notification",
	"frappe.email.queue",
	"frappe.monitor",
	"frappe.utils.global_search",
	"hot_rutin.reminders.repair",
)

if __name__ == "__main__":
	for module in LOADED:
		import_module(module)
	start_worker(sys.argv[1])
