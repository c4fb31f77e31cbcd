"""What is going on, for whoever waits: a line for each step that is done, and one that says what is under way."""

import shutil
import sys
import threading
import time

# How often it is said what is under way: on a terminal in one line that is rewritten, in a log in a line each time.
TERMINAL_SECONDS, LOG_SECONDS = 1, 10
REWRITE = "\r\033[K"
LONGEST_SAYING = 60  # characters of a command's own output


class Progress:
	"""Prints to the console, from any thread. `log_folder` holds the logs of the steps."""

	def __init__(self, log_folder):
		self.log_folder = log_folder
		self.printing = threading.Lock()
		self.started = self.shown = time.time()

	def say(self, line):
		"""Print a line that stays."""
		with self.printing:
			print(f"{REWRITE if sys.stdout.isatty() else ''}{line}", flush=True)

	def show(self, running, pending):
		"""Show where things stand, if it is time: the steps under way, with the time at which each began, and those to come."""
		now, terminal = time.time(), sys.stdout.isatty()
		if now < self.shown + (TERMINAL_SECONDS if terminal else LOG_SECONDS):
			return
		self.shown = now
		line = f"  ... {now - self.started:3.0f} s: {self.described(running, pending)}"
		with self.printing:
			if terminal:
				print(f"{REWRITE}{line[: shutil.get_terminal_size().columns - 1]}", end="", flush=True)
			else:
				print(line, flush=True)

	def described(self, running, pending):
		"""The same in words: what each step's commands said last, and who waits for it."""
		told = []
		for step, began in running.items():
			waiting = [other.name for other in pending if step.name in other.needs]
			said = last_line(step.log(self.log_folder), began)
			told.append(
				step.name
				+ (f" ({said})" if said else "")
				+ (f" before {' and '.join(waiting)}" if waiting else "")
			)
		return "; ".join(told)


def last_line(log, since):
	"""The last line of output in a log that was written to after the time `since`."""
	if not log.exists() or log.stat().st_mtime < since:
		return ""
	with open(log, "rb") as file:
		file.seek(max(0, log.stat().st_size - 2000))
		lines = file.read().decode(errors="replace").replace("\r", "\n").splitlines()
	# Not the commands themselves and their times, which `children.run` writes.
	said = next((line.strip() for line in reversed(lines) if line.strip() and line[0] not in "$#"), "")
	return "".join(filter(str.isprintable, said))[:LONGEST_SAYING]
