"""The scheduler, in a hurry: what Frappe's own enqueues every minute or every five, this one enqueues all the time. Only
tests/provision/test_faults.py starts it.

Runs in the bench's Python environment with the sites folder as its working directory:
    python impatient_scheduler.py SITE"""

import sys
import time

import frappe

JOBS = (
	"hot_rutin.reminders.queue.queue_due",
	"hot_rutin.reminders.repair.repair_queue",
	"frappe.email.queue.flush",
	# Two of the others that Frappe has run every minute.
	"frappe.monitor.flush",
	"frappe.utils.global_search.sync_global_search",
)

while True:
	try:
		frappe.init(site=sys.argv[1])
		frappe.connect()
		for method in JOBS:
			frappe.get_doc("Scheduled Job Type", {"method": method}).enqueue(force=True)
	except Exception as error:
		# The database or the queue is down. A scheduler tries again.
		print(type(error).__name__, flush=True)
	finally:
		frappe.destroy()
	time.sleep(0.5)
