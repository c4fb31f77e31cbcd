"""Background jobs that nobody will ever run, and that keep their like from being run.

Frappe queues a scheduled job, or the sending of a mail, only where the same job is not waiting or running already. But where a
worker or Redis dies between taking a job out of the queue and noting that it runs, the job says for ever that it waits while no
queue holds it. No mail would leave any more, and nobody would be reminded. Such jobs are removed, so that they are queued anew.
"""

from datetime import datetime, timedelta, timezone

import frappe
from frappe.utils.background_jobs import get_job
from redis.exceptions import RedisError
from rq import Queue
from rq.registry import StartedJobRegistry

# A job that waits or runs for so long without being anywhere is lost. No job of Frappe's short queues may take as long.
LOST_AFTER = timedelta(minutes=10)
# What reminders depend on.
SCHEDULED = (
	"hot_rutin.reminders.queue.queue_due",
	"hot_rutin.reminders.repair.repair_queue",
	"frappe.email.queue.flush",
)


def free_scheduled() -> None:
	"""`before_job` hook: whichever job runs sees that those on which reminders depend are not lost."""
	for method in SCHEDULED:
		free(f"scheduled_job::{method}")


def free(job_id: str) -> None:
	"""Remove the job where it is lost. `job_id` is as Frappe is given it, without the site."""
	try:
		job = get_job(job_id)
		if job and _is_lost(job):
			job.delete()
			frappe.logger("scheduler").error(f"Removed a lost job: {job_id}")
	except RedisError:
		pass  # the queue is down: there is nothing to be freed, and the next job looks again


def _is_lost(job) -> bool:
	if not (job.is_queued or job.is_started) or not job.enqueued_at:
		return False
	enqueued = job.enqueued_at if job.enqueued_at.tzinfo else job.enqueued_at.replace(tzinfo=timezone.utc)
	if datetime.now(timezone.utc) - enqueued < LOST_AFTER:
		return False
	queue = Queue(job.origin, connection=job.connection)
	holder = queue.job_ids if job.is_queued else StartedJobRegistry(queue=queue).get_job_ids()
	return job.id not in holder
