"""What a first report on a phone fetches from the server, and how long that takes where the connection is slow."""

import secrets
import time

import pytest
from desk import FORM_SHOWN, PHONE, Screen, typed

BYTES, REQUESTS = 2_200_000, 60
SLOW_SECONDS = 20
# A phone at the edge of its network: 1.6 Mbit/s both ways, and 150 ms until an answer begins.
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 200_000}


class Traffic:
	"""What a page fetches over the network, as Chromium's developer tools count it: answers with their headers, as they travel,
	redirects and what failed. What the browser takes from its own cache is not counted."""

	def __init__(self, page, conditions=None):
		self.requests = {}  # id -> address, bytes
		self.session = page.context.new_cdp_session(page)
		self.session.on("Network.requestWillBeSent", self._sent)
		self.session.on("Network.requestServedFromCache", self._from_cache)
		self.session.on("Network.responseReceived", self._answered)
		self.session.on("Network.dataReceived", self._received)
		self.session.on("Network.loadingFinished", self._finished)
		self.session.send("Network.enable")
		if conditions:
			self.session.send("Network.emulateNetworkConditions", conditions)

	def _sent(self, event):
		request, address = event["requestId"], event["request"]["url"]
		if "redirectResponse" in event:
			where, _so_far = self.requests.pop(request)
			self.requests[request, where] = where, event["redirectResponse"]["encodedDataLength"]
		if address.startswith("http"):
			self.requests[request] = address, 0

	def _from_cache(self, event):
		self.requests.pop(event["requestId"], None)

	def _answered(self, event):
		if event["response"].get("fromDiskCache"):
			self.requests.pop(event["requestId"], None)

	def _received(self, event):
		# All that is known of an answer that is then broken off.
		if event["requestId"] in self.requests:
			address, so_far = self.requests[event["requestId"]]
			self.requests[event["requestId"]] = address, so_far + event["encodedDataLength"]

	def _finished(self, event):
		if event["requestId"] in self.requests:
			address, _so_far = self.requests[event["requestId"]]
			self.requests[event["requestId"]] = address, event["encodedDataLength"]

	@property
	def bytes(self):
		return sum(size for _address, size in self.requests.values())

	def __repr__(self):
		rows = sorted(self.requests.values(), key=lambda row: -row[1])
		total = f"{self.bytes:,} bytes in {len(rows)} requests"
		return "\n".join([total, *(f"{size:>9,} {address[:120]}" for address, size in rows)])


@pytest.fixture
def phone(browser, stack):
	"""A phone that has never been here."""
	screen = Screen(browser, stack.url, PHONE)
	screen.page.set_default_timeout(60_000)
	yield screen
	screen.close()
	assert screen.errors == []


def begin_report(phone, person):
	"""From the site's address by the sign-in page and the first page's button to a form with the first word in it. Returns the
	seconds that it took, but for those of typing name and password."""
	page = phone.page
	began = time.monotonic()
	page.goto(phone.url)
	page.locator("#login_email").wait_for()
	shown = time.monotonic() - began
	page.locator("#login_email").fill(person.user)
	page.locator("#login_password").fill(person.password)
	signed_in = time.monotonic()
	page.locator("#login_password").press("Enter")
	page.locator("a[href='/app/incident/new']").tap()
	page.wait_for_function(FORM_SHOWN, arg=["Incident", None])
	text = phone.field("what_happened").locator("textarea")
	text.tap()
	page.keyboard.type("Hotad")
	seconds = shown + time.monotonic() - signed_in
	phone.rest()
	assert text.input_value() == "Hotad", "what was typed stays when the form is complete"
	return seconds


def test_a_phones_first_report_is_light(phone, world):
	traffic = Traffic(phone.page)
	begin_report(phone, world.exposed)
	phone.fill(
		event_on=typed(hours=3), what_happened=f"Hotad på torget {secrets.token_hex(3)}", place="Torget"
	)
	phone.save().field("reported_help").wait_for()
	phone.page.wait_for_load_state("networkidle")
	assert traffic.bytes <= BYTES and len(traffic.requests) <= REQUESTS, repr(traffic)


@pytest.mark.drill
def test_a_report_can_be_begun_on_a_slow_connection(phone, world):
	"""By the clock, so only where the machine has nothing else to do."""
	traffic = Traffic(phone.page, SLOW)
	seconds = begin_report(phone, world.exposed)
	print(f"{seconds:.1f} s, {traffic.bytes:,} bytes")
	assert seconds <= SLOW_SECONDS, repr(traffic)
