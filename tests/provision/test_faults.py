"""Whatever dies at whatever moment, no reminder is lost and none is queued twice.

On a bench of its own, a copy of the tests' fresh site: workers, scheduler, Redis and MariaDB are killed outright at random
moments, and the mail server refuses, hangs, drops connections and goes away, while reminders fall due. What died is started
again, as a process manager does.
"""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import psutil
import pytest
import redis
from aiosmtpd.controller import Controller
from rq import Queue
from rq.registry import StartedJobRegistry

from provision import children, procfile, services, settings, site, stack

PEOPLE, CASES_EACH = 10, 4
WORKERS = ("worker_short", "worker_long")
# A crash this close to a mail's acceptance may have fallen between it and its record.
CLOSE = 10


class UnreliableMailServer:
	"""Takes most mails. Refuses, hangs, or breaks off before or after it has accepted the others."""

	def __init__(self, port, chance):
		self.port, self.chance = port, chance
		self.accepted = defaultdict(list)  # Message-ID -> times
		self.broken_off = set()  # Message-IDs that were accepted without an answer
		self.outcomes = Counter()
		self.calm = False
		self.controller = None

	def start(self):
		self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
		self.controller.start()

	def stop(self):
		self.controller.stop()

	async def handle_DATA(self, server, session, envelope):
		message_id = message_from_bytes(envelope.content)["Message-ID"]
		kinds, weights = ("take", "refuse", "hang", "drop", "take and drop"), (12, 2, 1, 1, 1)
		kind = "take" if self.calm else self.chance.choices(kinds, weights)[0]
		self.outcomes[kind] += 1
		if kind == "refuse":
			return "451 Try again later"
		if kind == "drop":
			server.transport.abort()
			return "451 Never read"
		if kind == "hang":
			await asyncio.sleep(3)
		self.accepted[message_id].append(time.time())
		if kind == "take and drop":
			self.broken_off.add(message_id)
			server.transport.abort()
		return "250 OK"


class Bench:
	"""A bench whose parts can be killed and started again."""

	def __init__(self, chance):
		tests = settings.bench(test=True)
		folder = tests.data / "faults"
		shutil.rmtree(folder, ignore_errors=True)
		self.bench = replace(
			tests,
			directory=folder,
			data=folder,
			ports={name: port + 10 for name, port in tests.ports.items()},
		)
		stack.lay_out(self.bench)
		shutil.copytree(tests.data / "fresh" / "mariadb", folder / "mariadb")
		shutil.copytree(tests.data / "fresh" / "site", site.folder(self.bench))
		site.configure(self.bench)
		self.chance, self.running = chance, {}
		self.mail = UnreliableMailServer(self.bench.ports["mail"], chance)
		self.crashes = []

	def start(self):
		self.mail.start()
		for name in ("mariadb", "redis-cache", "redis-queue", "scheduler", *WORKERS):
			self.start_one(name)

	def start_one(self, name):
		starters = {
			"mariadb": services.start_database,
			"redis-cache": services.start_cache,
			"redis-queue": services.start_queue,
		}
		if name in starters:
			starters[name](self.bench, self.running)
			return
		if name == "scheduler":
			argv = [
				sys.executable,
				Path(__file__).parents[1] / "support" / "impatient_scheduler.py",
				self.bench.site,
			]
			folder = self.bench.sites
		else:
			argv, folder = ["sh", "-c", procfile.commands()[name]], self.bench.directory
		with open(self.bench.logs / f"{name}.log", "ab") as log:
			self.running[name] = children.start(
				argv, cwd=folder, env=self.bench.environment(), stdout=log, stderr=subprocess.STDOUT
			)

	def kill(self, name):
		"""Kill a process and those it has started, outright."""
		process = self.running[name]
		self.crashes.append(time.time())
		try:
			family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
		except psutil.NoSuchProcess:
			family = []
		for one in family:
			try:
				os.kill(one.pid, signal.SIGKILL)
			except ProcessLookupError:
				pass
		process.wait(20)
		self.crashes.append(time.time())

	def fault(self):
		"""One thing goes wrong, and is put right."""
		name = self.chance.choice(
			("workers", "workers", "scheduler", "redis-queue", "redis-cache", "mariadb", "mariadb", "mail")
		)
		if name == "mail":
			self.mail.stop()
			self.crashes.append(time.time())
			time.sleep(self.chance.uniform(0.5, 2))
			self.mail.start()
		elif name == "workers":
			for worker in WORKERS:
				self.kill(worker)
			self.ten_minutes_pass()
			for worker in WORKERS:
				self.start_one(worker)
		else:
			self.kill(name)
			time.sleep(self.chance.uniform(0, 1))
			self.start_one(name)
		return name

	def restart_what_ended(self):
		"""What gave up by itself when something that it needs went away."""
		for name, process in list(self.running.items()):
			if process.poll() is not None:
				self.crashes.append(time.time())
				self.start_one(name)

	def ten_minutes_pass(self):
		"""While no worker is alive: RQ then takes their jobs for dead, and a mail that was in hand is in nobody's."""
		connection = redis.Redis(port=int(self.bench.ports["queue"]))
		for queue in Queue.all(connection=connection):
			StartedJobRegistry(queue=queue).cleanup(timestamp=time.time() + 600)
		earlier = (datetime.utcnow() - timedelta(minutes=11)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
		for job in connection.scan_iter("rq:job:*"):
			if connection.hexists(job, "enqueued_at"):
				connection.hset(job, "enqueued_at", earlier)
		self.sql("update `tabEmail Queue` set creation = creation - interval 11 minute")
		self.sql(
			"update `tabEmail Queue` set modified = modified - interval 40 minute where status in ('Sending', 'Error')"
		)

	def stop(self):
		children.stop([self.running[name] for name in reversed(self.running)])
		self.mail.stop()

	# --- the cases, straight in the database: what is tested here is what comes after

	def sql(self, statement):
		database = site.configuration(self.bench)["db_name"]
		answer = site.sql(self.bench, f"use `{database}`; {statement};")
		return [line.split("\t") for line in answer.splitlines()]

	def make_cases(self):
		self.sql("update `tabStep Reminder` set next_on = null; update `tabIncident` set replan = 0")
		self.sql("delete from `tabEmail Queue`; delete from `tabEmail Queue Recipient`")
		for person in range(PEOPLE):
			user, party = f"officer{person}@havsvik.example", f"Parti {person}"
			self.sql(
				f"insert into `tabUser` (name, email, enabled, language) values ('{user}', '{user}', 1, 'sv')"
			)
			self.sql(f"insert into `tabPolitical Party` (name, party_name) values ('{party}', '{party}')")
			self.sql(
				"insert into `tabParty Officer` (name, parent, parenttype, parentfield, user, from_date) values"
				f" ('fault{person}', '{party}', 'Political Party', 'officers', '{user}', '2020-01-01')"
			)
			for case in range(CASES_EACH):
				name = f"H-CASE-{person:02}{case:02}"
				self.sql(
					f"insert into `tabIncident` (name, party, workflow_state) values ('{name}', '{party}', 'Reported')"
				)
				self.sql(
					"insert into `tabStep Reminder` (name, case_name, step, action, responsible_role, document_type, document,"
					" deadline, due_on, is_acute, status, since) values"
					f" ('{name}', '{name}', '3.1.1-2', '3.1.1 Bedöm', 'Party Security Officer', 'Incident', '{name}',"
					" 'Assessment', now() + interval 30 day, 1, 'Waiting', now())"
				)

	def fall_due(self, number):
		"""All reminders fall due, for the time with this number."""
		self.sql(
			f"update `tabStep Reminder` set next_on = '2020-01-{number:02} 12:00:00' where name like 'H-CASE-%'"
		)

	def are_queued(self):
		return self.sql("select count(*) from `tabStep Reminder` where next_on < '2021-01-01'") == [["0"]]

	def are_sent(self):
		return self.sql("select count(*) from `tabEmail Queue` where status != 'Sent'") == [["0"]]


@pytest.fixture
def faulty(request):
	seed = int(os.environ.get("HOT_TEST_SEED", random.SystemRandom().randrange(10_000)))
	print(f"HOT_TEST_SEED={seed}")
	bench = Bench(random.Random(seed))
	try:
		bench.start()
		yield bench
	finally:
		bench.stop()


def patiently(question, bench, seconds, meanwhile=lambda: None):
	"""Ask until the answer is yes; what ended is started again. Fails after `seconds`."""
	deadline = time.monotonic() + seconds
	while True:
		bench.restart_what_ended()
		try:
			if question():
				return
		except subprocess.CalledProcessError:
			pass  # the database is just coming up
		assert time.monotonic() < deadline, f"{question.__name__} not yet; see {bench.bench.logs}"
		meanwhile()
		time.sleep(0.2)


@pytest.mark.drill
@pytest.mark.parametrize(("wanted", "rounds"), ((30, 6), pytest.param(200, 24, marks=pytest.mark.whole)))
def test_whatever_dies_each_reminder_is_queued_once_and_none_is_lost(faulty, wanted, rounds):
	faults = Counter()

	def something_fails():
		if faults.total() < wanted:
			time.sleep(faulty.chance.uniform(0, 1.5))
			faults[faulty.fault()] += 1

	faulty.make_cases()
	for number in range(1, rounds + 1):
		faulty.fall_due(number)
		patiently(faulty.are_queued, faulty, 240, something_fails)
	while faults.total() < wanted:
		faulty.restart_what_ended()
		something_fails()
	# From here on nothing fails, and what is still under way arrives.
	faulty.mail.calm = True

	def settle():
		for worker in WORKERS:
			faulty.kill(worker)
		faulty.ten_minutes_pass()
		for worker in WORKERS:
			faulty.start_one(worker)

	faulty.restart_what_ended()
	settle()
	patiently(faulty.are_sent, faulty, 300)

	# Queued: each reminder once for each time that it fell due.
	noted = faulty.sql(
		"select parent, count(*), count(distinct email_queue) from `tabReminder Mail` group by parent"
	)
	assert len(noted) == PEOPLE * CASES_EACH
	assert {(times, mails) for _parent, times, mails in noted} == {(str(rounds), str(rounds))}
	mails = faulty.sql("select message_id, count(*) from `tabEmail Queue` group by message_id")
	assert {count for _message_id, count in mails} == {"1"}
	assert len(mails) == faulty_mails(faulty)
	# Arrived: every one; twice only where the crash fell between the mail server's acceptance and its record.
	accepted = {message_id.strip("<>"): times for message_id, times in faulty.mail.accepted.items()}
	assert set(accepted) == {message_id for message_id, _count in mails}
	twice = {message_id: times for message_id, times in accepted.items() if len(times) > 1}
	unexplained = [
		message_id
		for message_id, times in twice.items()
		if f"<{message_id}>" not in faulty.mail.broken_off
		and not all(any(abs(at - crash) < CLOSE for crash in faulty.crashes) for at in times[:-1])
	]
	print(
		f"{PEOPLE * CASES_EACH * rounds} reminders in {len(mails)} mails; killed or failed: {dict(faults)}; mail server: {dict(faulty.mail.outcomes)};"
		f" arrived twice: {len(twice)}, of these {len(set(twice) & {i.strip('<>') for i in faulty.mail.broken_off})} accepted without an answer"
	)
	assert not unexplained


def faulty_mails(bench):
	"""How many mails the plan says that it has queued."""
	return int(bench.sql("select count(distinct email_queue) from `tabReminder Mail`")[0][0])
