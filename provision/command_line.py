"""What each command does: start, services, test, drill, bench, lint, clean."""

import json
import os
import shutil
import signal
import sys
import time
from contextlib import contextmanager

from provision import (
	children,
	framework,
	python_environment,
	services,
	settings,
	site,
	stack,
	steps,
	system_packages,
)
from provision.settings import PORT_NAMES, ROOT

FAILURES = (
	children.CommandFailed,
	framework.NotVerified,
	services.PortBusy,
	services.ServiceFailed,
	settings.SettingsError,
	site.SiteBroken,
	stack.AlreadyRunning,
	stack.ProcessEnded,
	steps.StepFailed,
	system_packages.PackagesMissing,
)


class Stopped(BaseException):
	"""SIGINT or SIGTERM came."""


def _stop(number, _frame):
	# Once is enough: another one would cut the stopping short and leave orphans.
	for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
		signal.signal(name, signal.SIG_IGN)
	raise Stopped(number)


def main(arguments):
	"""Run a command; returns the exit code."""
	commands = {
		"start": start,
		"services": serve,
		"test": test,
		"drill": drill,
		"bench": benchmark,
		"lint": lint,
		"clean": clean,
	}
	if not arguments or arguments[0] not in commands:
		print(f"usage: python3 -m provision {'|'.join(commands)}", file=sys.stderr)
		return 2
	for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
		signal.signal(name, _stop)
	if "MAKELEVEL" in os.environ:
		# Who kills make outright means all that make started.
		children.die_with_parent()
	try:
		return commands[arguments[0]](*arguments[1:])
	except Stopped as stopped:
		return 0 if arguments[0] in ("start", "services") else 128 + stopped.args[0]
	except FAILURES as failure:
		print(f"\n{failure}", file=sys.stderr)
		return 1


@contextmanager
def _bench_to_ourselves(bench):
	"""Hold the bench's lock and its ports, and stop in the end whatever of it is up."""
	note = bench.data / "run.lock"
	with stack.locked(
		note,
		f"Another run has the bench in {bench.data}: stop that one first, or give this one HOT_DATA_DIRECTORY and HOT_PORTS_SHIFT.",
	):
		children.mark(bench.data)
		services.require_free_ports(bench, PORT_NAMES)
		running = stack.Running(bench)
		try:
			yield running
		finally:
			running.stop()


def _wait(running):
	"""Until a signal comes, or a process that should run ends."""
	while True:
		running.require_all_running()
		time.sleep(0.5)


# --- make start -------------------------------------------------------------------------------------------------------


def start():
	"""Everything, in the foreground."""
	began = time.monotonic()
	bench = settings.bench()
	_warn(bench)
	with _bench_to_ourselves(bench) as running:
		stack.provision(
			bench, [*stack.provisioning_steps(bench, with_tests=False), *stack.site_steps(bench, running)]
		)
		running.start_processes()
		print(f"\nReady after {time.monotonic() - began:.0f} s: {framework.describe(bench)}")
		_print_addresses(bench)
		_wait(running)


def serve():
	"""MariaDB and Redis only, with everything provisioned up to the site: for work with `bench` by hand."""
	bench = settings.bench()
	_warn(bench)
	with _bench_to_ourselves(bench) as running:
		stack.provision(
			bench, [*stack.provisioning_steps(bench, with_tests=False), stack.services_step(running)]
		)
		print("MariaDB and Redis are up; `. env/bin/activate` gives `bench`. Ctrl-C stops them.", flush=True)
		_wait(running)


def _warn(bench):
	if framework.is_snapshot(bench):
		print(f"WARNING: {framework.WARNING}\n", flush=True)


def _print_addresses(bench):
	print(f"\n  {bench.url}  (also http://127.0.0.1:{bench.ports['web']})")
	print(f"  mail is caught in {bench.mail}, logs are in {bench.logs}")
	print(f"  Administrator's password is in {site.administrator_password_file(bench)}")
	accounts = site.accounts_file(bench)
	if accounts.exists():
		rows = [
			(
				account["user"],
				account["password"],
				account["name"],
				", ".join(account["roles"]),
				account.get("party") or "",
			)
			for account in json.loads(accounts.read_text())
		]
		widths = [max(len(row[column]) for row in rows) for column in range(4)]
		print("\nDemo accounts (user, password, name, roles, party):")
		for row in rows:
			print(
				"  "
				+ "  ".join(
					f"{cell:<{width}}" for cell, width in zip(row, [*widths, 0], strict=True)
				).rstrip()
			)
	print("\nCtrl-C stops everything.", flush=True)


# --- make test, drill, bench and lint: on the test bench -----------------------------------------------------------------------


@contextmanager
def _test_site(with_processes):
	"""The test bench with a fresh site. Its processes run too, if asked for."""
	bench = settings.bench(test=True)
	with _bench_to_ourselves(bench) as running:
		fresh = FreshSite(bench)
		fresh.restore()
		stack.provision(
			bench, [*stack.provisioning_steps(bench, with_tests=True), *stack.site_steps(bench, running)]
		)
		fresh.keep(running)
		for twin in fresh.twins:
			site.configure(twin)
		if with_processes:
			running.start_processes()
		yield bench


class FreshSite:
	"""Gives every run a site that no earlier run has touched: by making it, or by copying back one made from the same
	files. SITE=keep takes the copy even if the app's files have changed since, and migrates it: quicker than making it anew.
	Every process of the tests but the first has a twin of the site."""

	def __init__(self, bench):
		self.bench = bench
		self.twins = [bench.site_of_its_own(number) for number in range(1, _processes(bench))]
		self.copy = bench.data / "fresh"
		self.note = self.copy / "made-from"
		self.is_current = False

	def _places(self):
		return {
			"mariadb": self.bench.data / "mariadb",
			"site": site.folder(self.bench),
			**{twin.site: site.folder(twin) for twin in self.twins},
			# Which of the app's files the site is up to date with.
			"stamps": self.bench.data / "stamps",
		}

	def _made_from(self):
		code = [path for path in (ROOT / "provision").iterdir() if path.suffix in (".py", ".ini")]
		return steps.fingerprint(*code, text=f"{stack.site_inputs(self.bench)} {_processes(self.bench)}")

	def restore(self):
		"""Put the copy in place if it is still good, else clear the place for a new site."""
		good = self.note.exists() and not os.environ.get("CI")
		self.is_current = good and self.note.read_text() == self._made_from()
		good = good and (self.is_current or os.environ.get("SITE") == "keep")
		for name, place in self._places().items():
			shutil.rmtree(place, ignore_errors=True)
			if good and (self.copy / name).exists():
				place.parent.mkdir(parents=True, exist_ok=True)
				shutil.copytree(self.copy / name, place)
		if not good:
			shutil.rmtree(self.copy, ignore_errors=True)
		self._forget_the_past()

	def _forget_the_past(self):
		# Jobs that making the site left in the queue would run in the first test run, and in no later one.
		for path in (self.bench.mail, self.bench.data / "redis-cache", self.bench.data / "redis-queue"):
			shutil.rmtree(path, ignore_errors=True)

	def keep(self, running):
		"""Copy the site that was just made, with the database at rest."""
		if self.is_current:
			return
		if not self.note.exists():
			site.forget_backlog(self.bench)
		for twin in self.twins:
			site.copy(self.bench, twin)
		if self.note.exists():
			return
		running.stop()
		for name, place in self._places().items():
			shutil.copytree(place, self.copy / name)
		self.note.write_text(self._made_from())
		self._forget_the_past()
		running.start_services(self.bench.logs / "provision-database-and-redis.log")


def _processes(bench):
	return max(1, settings.number(bench.values, "processes", "tests"))


def _test_environment(bench):
	sites = [bench.site_of_its_own(number) for number in range(_processes(bench))]
	return {
		**bench.environment(),
		"HOT_TEST_URL": bench.url,
		"HOT_TEST_SITE": bench.site,
		"HOT_TEST_SITE_OF_EACH": " ".join(one.site for one in sites),
		"HOT_TEST_SITES": str(bench.sites),
		"HOT_TEST_MAIL": str(bench.mail),
		"HOT_TEST_SCREENSHOTS": str(bench.data / "screenshots"),
	}


def test(*arguments):
	"""pytest, with its own bench up. Returns pytest's exit code."""
	return _pytest(arguments)


def drill(*arguments):
	"""What takes long: faults, kills and a wider attack; with `all` first, for before a release, the whole attack too. Returns
	pytest's exit code."""
	if arguments[:1] == ("all",):
		return _pytest(arguments[1:], "-m", "drill")
	return _pytest(arguments, "-m", "drill and not whole")


def _pytest(chosen, *level):
	with _test_site(with_processes=True) as bench:
		# Where nothing is chosen all tests run side by side; which process is through takes over from another.
		how = chosen or (f"--numprocesses={_processes(bench)}", "--dist=worksteal")
		return _in_front([python_environment.PYTHON, "-m", "pytest", *level, *how], bench)


def benchmark(*arguments):
	"""Every benchmark, or those whose names hold one of the arguments, each with the test bench up."""
	files = sorted((ROOT / "benchmarks").glob("bench_*.py"))
	chosen = [file for file in files if not arguments or any(word in file.name for word in arguments)]
	if not chosen:
		print("no such benchmark in benchmarks/bench_*.py")
		return 1
	with _test_site(with_processes=True) as bench:
		codes = []
		for file in chosen:
			print(f"\n{file.stem}", flush=True)
			codes.append(_in_front([python_environment.PYTHON, file], bench))
		return max(codes, default=0)


def lint():
	"""Style, which room imports which, well-formed JSON, and metadata that Frappe would export just as it is."""
	programs = python_environment.HOME / "bin"
	checked = [
		name for name in ("provision", "tests", "benchmarks", "apps/hot_rutin") if (ROOT / name).exists()
	]
	with _test_site(with_processes=False) as bench:
		codes = [
			_in_front([programs / "ruff", "check", *checked], bench),
			_in_front([programs / "ruff", "format", "--check", *checked], bench),
			_in_front([programs / "lint-imports", "--no-cache"], bench),
			_in_front([python_environment.PYTHON, "-m", "provision.exported_metadata"], bench),
		]
	return max(codes)


def _in_front(argv, bench):
	"""Run a command that prints to the console. Returns its exit code."""
	sys.stdout.flush()
	process = children.start(argv, cwd=ROOT, env=_test_environment(bench))
	try:
		return process.wait()
	finally:
		children.stop([process])


# --- make clean -------------------------------------------------------------------------------------------------------


def clean():
	"""Remove what provisioning made in this checkout, databases included."""
	bench, test_bench = settings.bench(), settings.bench(test=True)
	busy = "A bench of this checkout is running: stop it first."
	with stack.locked(bench.data / "run.lock", busy), stack.locked(test_bench.data / "run.lock", busy):
		stack.clean(bench)
	return 0
