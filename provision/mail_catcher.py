"""A mail server that delivers nothing: every message becomes a file that a newcomer, or a test, can read.

Runs in the bench's Python environment:  python -m provision.mail_catcher PORT DIRECTORY"""

import itertools
import os
import signal
import sys
import threading
import time
from pathlib import Path

from aiosmtpd.controller import Controller


class EmlFiles:
	"""Writes each message to `directory` as <time in nanoseconds>-<number>.eml: names sort in order of arrival."""

	def __init__(self, directory):
		self.directory = Path(directory)
		self.directory.mkdir(parents=True, exist_ok=True)
		self.count = itertools.count()

	async def handle_DATA(self, server, session, envelope):
		name = f"{time.time_ns()}-{next(self.count):04d}.eml"
		# Who it is really for stands in the envelope; a header may say less.
		received = f"X-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n".encode()
		draft = self.directory / f".{name}.new"
		draft.write_bytes(received + envelope.original_content)
		# A reader never sees half a message.
		os.replace(draft, self.directory / name)
		return "250 Message accepted for delivery"


def serve(port, directory):
	"""Listen on 127.0.0.1 until SIGTERM or SIGINT."""
	controller = Controller(
		EmlFiles(directory), hostname="127.0.0.1", port=port, data_size_limit=64 * 1024 * 1024
	)
	controller.start()
	stopped = threading.Event()
	for number in (signal.SIGTERM, signal.SIGINT):
		signal.signal(number, lambda *_: stopped.set())
	stopped.wait()
	controller.stop()


if __name__ == "__main__":
	serve(int(sys.argv[1]), sys.argv[2])
