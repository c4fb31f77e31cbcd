"""Steps with their dependencies, run side by side, each done once and done again when what it was made from changes."""

import os
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from provision import children
from provision.progress import Progress


@dataclass(frozen=True)
class Step:
	"""One thing to have done. Its `action` takes the path of a log file."""

	name: str
	action: Callable[[Path], None]
	needs: tuple = ()
	"""Names of the steps that have to be done before."""
	inputs: Callable[[], str] | None = None
	"""A text that changes when the step's result is out of date; None for a step that is to run each time."""
	made: tuple = ()
	"""Paths that the step leaves: it is not done if one of them is gone."""
	stamps: Path | None = None
	"""The folder that remembers which inputs the step was last done from; needed with `inputs`."""

	@property
	def stamp(self):
		return self.stamps / self.name.replace(" ", "-")

	def log(self, folder):
		"""Where the output of the step's commands goes."""
		return folder / f"provision-{self.name.replace(' ', '-')}.log"

	def is_done(self, inputs):
		"""Whether the step was done, to its end, from these inputs."""
		return (
			self.stamp.exists()
			and self.stamp.read_text() == inputs
			and all(path.exists() for path in self.made)
		)

	def remember(self, inputs):
		"""Note that the step was done from these inputs: after everything else, and in one move."""
		self.stamps.mkdir(parents=True, exist_ok=True)
		draft = self.stamp.with_suffix(".new")
		with open(draft, "w") as file:
			file.write(inputs)
			file.flush()
			os.fsync(file.fileno())
		draft.rename(self.stamp)


class StepFailed(Exception):
	"""A step failed; the message names it and says why."""


def fingerprint(*paths, text=""):
	"""One hash over `text` and the names and contents of files, and of all files below folders; absent ones count too."""
	digest = sha256(text.encode())
	for path in paths:
		files = sorted(path.rglob("*")) if path.is_dir() else [path]
		for file in files:
			if file.is_file() and "__pycache__" not in file.parts and "node_modules" not in file.parts:
				digest.update(f"\0{file.relative_to(path.parent)}\0".encode())
				digest.update(file.read_bytes())
	return digest.hexdigest()


def _run(step, log_folder, say):
	began = time.monotonic()
	if step.inputs:
		inputs = step.inputs()
		if step.is_done(inputs):
			say(f"  {step.name:<22} unchanged")
			return
		# Forgotten first: a step that is cut short while it changes things has not been done from any inputs.
		step.stamp.unlink(missing_ok=True)
	step.action(step.log(log_folder))
	if step.inputs:
		step.remember(inputs)
	say(f"  {step.name:<22} {time.monotonic() - began:6.1f} s")


def run(steps, log_folder):
	"""Run the steps, each as soon as those it needs are done, print a line for each, and say meanwhile what is under way.
	Raises StepFailed for the first that fails, after those under way have ended."""
	pending = {step.name: step for step in steps}
	done, running, began, failure = set(), {}, {}, None
	progress = Progress(log_folder)

	with ThreadPoolExecutor(max_workers=len(steps)) as pool:
		try:
			while (pending and not failure) or running:
				if not failure:
					for step in [step for step in pending.values() if done.issuperset(step.needs)]:
						del pending[step.name]
						began[step] = time.time()
						running[pool.submit(_run, step, log_folder, progress.say)] = step
				# In short turns, or Python would keep a signal waiting until the step ends.
				ended, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
				for future in ended:
					step = running.pop(future)
					if error := future.exception():
						failure = failure or (step, error)
					done.add(step.name)
					del began[step]
				progress.show(began, pending.values())
		except BaseException:
			# The pool waits for its threads, and they for their commands.
			children.stop_commands()
			raise
	if failure:
		step, error = failure
		raise StepFailed(f"{step.name}: {error}") from error
