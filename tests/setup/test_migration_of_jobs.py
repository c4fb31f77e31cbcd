"""What release 0.1.0 has scheduled or queued is done by this one, though the functions have other places now."""

import time
from unittest.mock import patch

import frappe
import pytest
from frappe.core.doctype.scheduled_job_type.scheduled_job_type import run_scheduled_job, sync_jobs
from frappe.modules.patch_handler import PatchType, get_patches_from_app
from frappe.utils import background_jobs
from hot_rutin import hooks
from hot_rutin.patches import follow_moved_jobs
from hot_rutin.patches.follow_moved_jobs import MOVED
from world import site

RAN_ON = frappe.utils.get_datetime("2026-11-29 03:00:00")
STOPPED = "hot_rutin.figures_mail.follow_settings"
SCHEDULED = {before: now for before, now in MOVED.items() if "accounts" not in before}


def dotted_paths(hook):
	"""Every path into the app in a hook, however deep it lies."""
	if isinstance(hook, str):
		return [hook] if hook.startswith("hot_rutin.") else []
	parts = hook.values() if isinstance(hook, dict) else hook if isinstance(hook, list | tuple) else ()
	return [path for part in parts for path in dotted_paths(part)]


def test_every_path_in_the_hooks_is_there(frappe_site):
	paths = {path for name, hook in vars(hooks).items() if name[0].islower() for path in dotted_paths(hook)}
	assert len(paths) > 50
	for path in (*paths, *MOVED.values()):
		assert callable(frappe.get_attr(path)), path


def test_what_has_moved_is_followed_before_frappe_looks_what_is_scheduled():
	assert follow_moved_jobs.__name__ in get_patches_from_app("hot_rutin", PatchType.pre_model_sync)


def named(method):
	return ".".join(method.split(".")[-2:])


def as_release_0_1_0_left_it():
	"""Scheduled jobs by their former paths and names, each with a log; one is stopped. Returns when each log was made."""
	for before, now in SCHEDULED.items():
		job = frappe.db.get_value("Scheduled Job Type", {"method": now})
		frappe.db.set_value(
			"Scheduled Job Type",
			job,
			{"method": before, "last_execution": RAN_ON, "stopped": before == STOPPED},
		)
		if named(before) != job:
			frappe.rename_doc("Scheduled Job Type", job, named(before), force=True, rebuild_search=False)
		frappe.get_doc({"doctype": "Scheduled Job Log", "scheduled_job_type": named(before)}).insert()
	frappe.db.commit()


def own_jobs():
	return {
		job.method: job
		for job in frappe.get_all(
			"Scheduled Job Type",
			{"method": ("like", "hot_rutin.%")},
			["name", "method", "stopped", "last_execution"],
		)
	}


@pytest.fixture
def earlier_release(stack):
	with site(stack):
		as_release_0_1_0_left_it()
		yield
		frappe.db.rollback()
		follow_moved_jobs.execute()
		frappe.db.set_value("Scheduled Job Type", {"method": MOVED[STOPPED]}, "stopped", 0)
		frappe.db.commit()


def test_a_scheduled_job_keeps_its_last_run_whether_it_is_stopped_and_its_log(earlier_release):
	others = set(own_jobs()) - set(SCHEDULED)
	follow_moved_jobs.execute()
	sync_jobs()
	jobs = own_jobs()
	assert set(jobs) == {*SCHEDULED.values(), *others}, "no more rows than the hooks have"
	for before, now in SCHEDULED.items():
		job = jobs[now]
		assert (job.name, job.last_execution, bool(job.stopped)) == (named(now), RAN_ON, before == STOPPED)
		assert frappe.db.exists("Scheduled Job Log", {"scheduled_job_type": job.name})
	follow_moved_jobs.execute()
	assert own_jobs() == jobs, "a second time changes nothing"


def test_what_waits_in_the_queue_is_done(stack, earlier_release, somebody, mailbox):
	"""As it waits in Redis: called for by its function, or as a scheduled job. A worker takes it after the migration."""
	with patch.dict(background_jobs.get_queues_timeout(), {"held": 300}):
		queued = [
			frappe.enqueue("hot_rutin.accounts.mail_link_to_new_password", queue="held", account=somebody),
			frappe.enqueue("hot_rutin.reminders.queue_due", queue="held"),
			frappe.enqueue(run_scheduled_job, queue="held", job_type="hot_rutin.reminders.mend"),
			# Another site's, and one that has not moved.
			frappe.enqueue("frappe.ping", queue="held"),
		]
		held, short = background_jobs.get_queue("held"), background_jobs.get_queue("short")
		foreign = held.enqueue_call("frappe.ping", kwargs={"site": "other.localhost", "method": STOPPED})
		follow_moved_jobs.execute()
		sync_jobs()
		frappe.db.commit()
		foreign.refresh()
		assert foreign.kwargs["method"] == STOPPED
		foreign.delete()
		for job in queued:
			job.refresh()
			held.remove(job)
			short.enqueue_job(job)
	deadline = time.monotonic() + 60
	while not all(job.is_finished for job in queued):
		assert time.monotonic() < deadline, [(job.kwargs, job.get_status(), job.exc_info) for job in queued]
		time.sleep(0.2)
	frappe.db.rollback()
	assert own_jobs()["hot_rutin.reminders.repair.repair_queue"].last_execution > RAN_ON
	mailbox.wait_for(somebody)
