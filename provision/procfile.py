"""The processes of the Procfile, each logged to its own file."""

import subprocess

from provision import children
from provision.settings import ROOT

FILE = ROOT / "Procfile"


def commands():
	"""{name: shell command} of every line of the Procfile."""
	lines = [line for line in FILE.read_text().splitlines() if ":" in line and not line.startswith("#")]
	return {name.strip(): command.strip() for name, command in (line.split(":", 1) for line in lines)}


def start(bench, names, started):
	"""Start processes, with the bench's folder as their working directory, and add each to `started` by its name."""
	for name in names:
		with open(bench.logs / f"{name}.log", "ab") as log:
			started[name] = children.start(
				["sh", "-c", commands()[name]],
				cwd=bench.directory,
				env=bench.environment(),
				stdout=log,
				stderr=subprocess.STDOUT,
			)
