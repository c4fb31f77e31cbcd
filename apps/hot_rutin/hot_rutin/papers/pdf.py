"""HTML to PDF, in a process of its own that is ended at a limit: a few words of HTML can keep WeasyPrint busy for ever."""

import multiprocessing
import resource
from threading import BoundedSemaphore

# How many a web process waits for at a time: most of its threads stay free.
SLOTS = BoundedSemaphore(2)
# Bytes of memory that one may take.
MEMORY = 2 * 1024**3
# Forked from a process that has loaded WeasyPrint and runs no threads.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["__main__", "weasyprint", __name__])


class NotMade(Exception):
	"""There is no PDF: it would take more than the limit, or as many as may be are being made."""


def make(html: str, seconds: int, variant: str | None = None) -> bytes:
	"""Return `html` as a PDF of `variant`, made within `seconds` of one core. Raises `NotMade`."""
	if not SLOTS.acquire(blocking=False):
		raise NotMade
	receiver, sender = processes.Pipe(duplex=False)
	maker = processes.Process(target=_make, args=(sender, html, seconds, variant))
	try:
		maker.start()
		sender.close()
		# A busy machine gives less of a core.
		if receiver.poll(6 * seconds):
			return receiver.recv_bytes()
	except EOFError:
		pass  # it has ended without one
	finally:
		SLOTS.release()
		receiver.close()
		maker.kill()
		maker.join()
	raise NotMade


def _make(sender, html, seconds, variant):
	from weasyprint import HTML

	resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
	resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
	sender.send_bytes(HTML(string=html, url_fetcher=_fetch_nothing).write_pdf(pdf_variant=variant))


def _fetch_nothing(url, *_args, **_options):
	"""A paper needs nothing from anywhere: no address in a text makes the server read a file or call somebody."""
	raise ValueError("Papers fetch nothing")
