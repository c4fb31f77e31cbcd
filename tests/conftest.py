"""The running stack, as `make test` has brought it up, and the ways in that tests use: Frappe in process, REST, mail and
a browser."""

import email
import email.policy
import os
import re
import shlex
import time
from contextvars import Context
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

import frappe
import pytest
from attack import attack_on
from frappe.installer import update_site_config
from frappe.utils import now_datetime
from playwright.sync_api import sync_playwright
from world import Desk, make_world, new_person, now, site

# Chromium looks for updates and the like by itself; a test machine may have no way out.
CHROMIUM_FLAGS = [
	"--no-sandbox",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-default-apps",
	"--disable-sync",
	"--no-first-run",
]


@dataclass(frozen=True)
class Stack:
	"""Where the system under test is."""

	url: str
	site: str
	sites: Path
	mail: Path
	screenshots: Path

	@property
	def address(self):
		"""The web server by number, for clients that do not know that *.localhost is this machine."""
		return f"http://127.0.0.1:{urlsplit(self.url).port}"


@pytest.fixture(scope="session")
def stack():
	if "HOT_TEST_URL" not in os.environ:
		pytest.exit("These tests need a running bench: `make test`, or `make test ARGS='-k something'`.", 2)
	# Of several processes each has a site of its own: "gw1" the second.
	number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
	name = os.environ["HOT_TEST_SITE_OF_EACH"].split()[number]
	found = Stack(
		url=os.environ["HOT_TEST_URL"].replace(os.environ["HOT_TEST_SITE"], name),
		site=name,
		sites=Path(os.environ["HOT_TEST_SITES"]),
		mail=Path(os.environ["HOT_TEST_MAIL"]),
		screenshots=Path(os.environ["HOT_TEST_SCREENSHOTS"]),
	)
	found.screenshots.mkdir(parents=True, exist_ok=True)
	# Frappe writes its logs to ../logs.
	os.chdir(found.sites)
	# Whenever an account is saved Frappe looks here for mailboxes that lack a password, and clears every cache on the way,
	# the web server's too, which then reads all it knows of DocTypes anew. No account of the tests has a mailbox.
	with patch("frappe.core.doctype.user.user.ask_pass_update"):
		configure(found, pause_scheduler=1)
		yield found
		configure(found, pause_scheduler=0)


def configure(stack, **values):
	"""Set values in the site's configuration, for every process that serves it."""
	with site(stack):
		for name, value in values.items():
			update_site_config(name, value)


@pytest.fixture
def scheduler(stack):
	"""The site's scheduler at work. For the other tests it rests: what they are about they do themselves, in time. What has become
	due while it rested counts as done: dozens of jobs, and the mails of tests that wait for none, would all go first."""
	with site(stack):
		frappe.db.sql("update `tabScheduled Job Type` set last_execution = %s", now_datetime())
		frappe.db.sql("update `tabEmail Queue` set status = 'Sent' where status = 'Not Sent'")
		frappe.db.commit()
	configure(stack, pause_scheduler=0)
	yield
	configure(stack, pause_scheduler=1)


@pytest.fixture
def frappe_site(stack):
	"""The frappe module, connected to the site as Administrator. What is not committed is rolled back."""
	with site(stack):
		yield frappe


def pytest_terminal_summary(terminalreporter):
	"""What to run to see each failed test alone."""
	for kind in ("failed", "error"):
		for report in terminalreporter.getreports(kind):
			named = re.sub(r'(["$`\\])', r"\\\1", shlex.quote(report.nodeid))
			terminalreporter.write_line(f'To see it alone: make test ARGS="{named}"')


@pytest.fixture(scope="session")
def world(stack):
	"""The people of the tests and their parties."""
	return make_world(stack)


@pytest.fixture
def http(stack):
	"""http(user, password) gives that user's session with the web server; http() one that is not signed in."""

	sessions = []

	def open_session(user=None, password=None):
		session = Desk(stack, over_http=True)
		sessions.append(session)
		return session.log_in(user, password) if user else session

	yield open_session
	for session in sessions:
		session.close()


class Mailbox:
	"""The mails of the site that the catcher has received since this fixture was asked for."""

	def __init__(self, stack):
		self.stack, self.folder, self.sender = stack, stack.mail, f"@{stack.site}"
		self.seen_before = set(self.folder.glob("*.eml"))

	def messages(self):
		"""Every new message, oldest first, as email.message.EmailMessage."""
		files = sorted(set(self.folder.glob("*.eml")) - self.seen_before)
		found = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]
		return [message for message in found if self.sender in message["From"]]

	def send_queued(self):
		"""Send what waits in the site's queue now; the system does within about a minute."""
		with site(self.stack):
			for queued in frappe.get_all("Email Queue", {"status": "Not Sent"}, pluck="name"):
				frappe.get_doc("Email Queue", queued).send()

	def wait_for(self, to, matching=lambda message: True, seconds=120, by_itself=False):
		"""The first new message to this address that matches; with `by_itself` nothing is done to have it sent. Fails the test if
		none comes in time."""
		deadline = time.monotonic() + seconds
		while time.monotonic() < deadline:
			for message in self.messages():
				if to in message["X-Envelope-To"].split(", ") and matching(message):
					return message
			time.sleep(0.2)
			if not by_itself:
				Context().run(self.send_queued)
		subjects = [f"{message['X-Envelope-To']}: {message['Subject']}" for message in self.messages()]
		pytest.fail(f"No mail to {to} within {seconds} s. What came: {subjects}")


@pytest.fixture
def mailbox(stack):
	return Mailbox(stack)


@pytest.fixture(scope="session")
def browser():
	"""Chromium, as the system has it: nothing is downloaded."""
	with sync_playwright() as playwright:
		chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS)
		yield chromium
		chromium.close()


@pytest.fixture(scope="session")
def screenshots(stack):
	"""The folder that screenshots go to, below var/."""
	return stack.screenshots


@pytest.fixture(scope="module")
def attack(stack):
	"""The cases of two parties, with a word of its own in each text, and everybody who may ask for them."""
	return attack_on(stack)


@pytest.fixture
def somebody(stack):
	"""The user name of a new account, a manager's."""
	return new_person(stack, "Nils Någon", "Routine Manager").user


@pytest.fixture
def readings(stack):
	"""readings(person) gives the rows (document, way) that were added for the person since the last time."""
	with site(stack):
		seen = set(frappe.get_all("Incident Access Log", pluck="name"))

	def added(person):
		with site(stack):
			rows = frappe.get_all(
				"Incident Access Log",
				filters={"user": person.user},
				fields=["name", "document", "way", "case_name", "full_name", "read_on"],
				order_by="read_on, name",
			)
		new = [row for row in rows if row.name not in seen]
		seen.update(row.name for row in new)
		for row in new:
			assert row.full_name == person.name
			assert abs((frappe.utils.get_datetime(now()) - row.read_on).total_seconds()) < 600
			assert row.case_name == "H-" + "-".join(row.document.split("-")[1:3])
		return sorted((row.document, row.way) for row in new)

	return added
