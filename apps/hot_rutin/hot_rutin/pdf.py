"""HTML to PDF, in a process of its own that is ended at a limit: a few words of HTML can keep WeasyPrint busy for ever.

python -m hot_rutin.pdf SECONDS [VARIANT] < HTML > PDF
"""

import resource
import subprocess
import sys
from threading import BoundedSemaphore

# How many a web process waits for at a time: most of its threads stay free.
SLOTS = BoundedSemaphore(2)
# Bytes of memory that one may take.
MEMORY = 2 * 1024**3


class NotMade(Exception):
	"""There is no PDF: it would take more than the limit, or as many as may be are being made."""


def make(html: str, seconds: int, variant: str = "") -> bytes:
	"""Return `html` as a PDF of `variant`, made within `seconds` of one core. Raises `NotMade`."""
	if not SLOTS.acquire(blocking=False):
		raise NotMade
	try:
		return subprocess.run(
			[sys.executable, "-m", __name__, str(seconds), variant],
			input=html.encode(),
			capture_output=True,
			# A busy machine gives less of a core.
			timeout=6 * seconds,
			check=True,
		).stdout
	except subprocess.SubprocessError as error:
		raise NotMade from error
	finally:
		SLOTS.release()


def _fetch_nothing(url, *_args, **_options):
	"""A paper needs nothing from anywhere: no address in a text makes the server read a file or call somebody."""
	raise ValueError("Papers fetch nothing")


if __name__ == "__main__":
	limit = int(sys.argv[1])
	resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
	resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
	from weasyprint import HTML

	page = HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=_fetch_nothing)
	sys.stdout.buffer.write(page.write_pdf(pdf_variant=sys.argv[2] or None))
