"""Child processes: run to the end with a log, or kept running, and none left behind when this process goes."""

import ctypes
import os
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

PR_SET_PDEATHSIG = 1
# In the environment of every child: which run it belongs to.
MARK = "HOT_RUN_OF"
LEFTOVER_SECONDS = 30
_libc = ctypes.CDLL(None)
# "Parent" means the thread that forked, for PR_SET_PDEATHSIG: so all children come from one that stays.
_forker = ThreadPoolExecutor(max_workers=1)
_commands = set()
_lock = threading.Lock()
_stopping = threading.Event()


class CommandFailed(Exception):
	"""A command ended with an error; the message holds the command and the end of what it printed."""


def die_with_parent():
	"""Have the kernel send this process a SIGTERM when its parent goes, even by SIGKILL: databases shut down cleanly."""
	_libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def mark(run):
	"""Mark this process and its children-to-be as those of `run` (a path), and stop what carries the same mark from
	before: the helpers of a run that was killed outright. Only for who holds the lock of that run."""
	os.environ[MARK] = str(run)
	wanted = f"{MARK}={run}".encode()
	deadline = time.monotonic() + LEFTOVER_SECONDS
	while left := [pid for pid in _other_processes() if wanted in _environment_of(pid)]:
		for pid in left:
			with suppress(ProcessLookupError):
				os.kill(pid, signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL)
		time.sleep(0.2)


def _other_processes():
	own = {os.getpid(), os.getppid()}
	return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) not in own]


def _environment_of(pid):
	"""What the process was started with: not what it has set since, so never this one's own mark."""
	try:
		with open(f"/proc/{pid}/environ", "rb") as file:
			return file.read().split(b"\0")
	except OSError:
		return []


def start(argv, *, dies_with_parent=True, **options):
	"""Popen in a process group of its own, so that a Ctrl-C in the terminal reaches this process only, which then stops
	its children in order."""
	environment = {**options.pop("env", os.environ), MARK: os.environ.get(MARK, "")}
	if not dies_with_parent:
		del environment[MARK]
	return _forker.submit(
		subprocess.Popen,
		[str(part) for part in argv],
		env=environment,
		stdin=subprocess.DEVNULL,
		start_new_session=True,
		preexec_fn=die_with_parent if dies_with_parent else None,
		**options,
	).result()


def run(argv, log, *, dies_with_parent=True, **options):
	"""Run a command to its end, output appended to the file `log`. Raises CommandFailed with the last lines."""
	if _stopping.is_set():
		raise CommandFailed("stopped")
	log.parent.mkdir(parents=True, exist_ok=True)
	with open(log, "ab") as output:
		output.write(("\n$ " + " ".join(str(part) for part in argv) + "\n").encode())
		output.flush()
		began, started = output.tell(), time.monotonic()
		process = start(
			argv, dies_with_parent=dies_with_parent, stdout=output, stderr=subprocess.STDOUT, **options
		)
		if dies_with_parent:
			with _lock:
				_commands.add(process)
		code = process.wait()
		_commands.discard(process)
		output.write(f"# {time.monotonic() - started:.1f} s\n".encode())
	if code:
		said = (
			log.read_bytes()[began:].decode(errors="replace").replace("\r", "\n").strip().splitlines()[-25:]
		)
		raise CommandFailed(
			"{} ended with code {}; all of it in {}\n{}".format(
				" ".join(str(part) for part in argv[:4]), code, log, "\n".join(f"    {line}" for line in said)
			)
		)


def stop_commands():
	"""Stop every `run` under way, and refuse new ones. One that was started to outlive us is left to its end."""
	_stopping.set()
	with _lock:
		processes = list(_commands)
	for process in processes:
		_signal(process, signal.SIGTERM)


def stop(processes, patience=20):
	"""SIGTERM to the processes and what they started, SIGKILL for what is left after `patience` seconds."""
	for process in processes:
		_signal(process, signal.SIGTERM)
	deadline = time.monotonic() + patience
	for process in processes:
		with suppress(subprocess.TimeoutExpired):
			process.wait(max(0.1, deadline - time.monotonic()))
		_signal(process, signal.SIGKILL)
		process.wait()


def _signal(process, number):
	"""Send a signal to the whole process group."""
	with suppress(ProcessLookupError):
		os.killpg(process.pid, number)
