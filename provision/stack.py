"""The whole of a bench: what is provisioned, in which order, and the running of it."""

import fcntl
import http.client
import shutil
import sys
import time
from contextlib import contextmanager

from provision import (
	assets,
	children,
	framework,
	node,
	procfile,
	python_environment,
	services,
	site,
	system_packages,
)
from provision.settings import ROOT
from provision.steps import Step, fingerprint, run

SHARED = ROOT / "var"
"""Holds the stamps of what all benches of a checkout use: the environment, the framework, the assets."""
STAMPS = SHARED / "stamps"
WEB_START_SECONDS = 60
LISTENING = ("web", "mail")


class AlreadyRunning(Exception):
	"""Another run holds what this one needs; the message says which."""


@contextmanager
def locked(path, otherwise=None):
	"""Hold a lock file; wait for it, or raise AlreadyRunning with the message `otherwise`. It goes with the process."""
	path.parent.mkdir(parents=True, exist_ok=True)
	with open(path, "a") as file:
		try:
			fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
		except BlockingIOError:
			if otherwise:
				raise AlreadyRunning(otherwise) from None
			print("Waiting for another run that is provisioning this checkout ...", flush=True)
			fcntl.flock(file, fcntl.LOCK_EX)
		yield


def lay_out(bench):
	"""The folders that Frappe expects of a bench. The test bench shares apps, environment and code with the other."""
	for name in ("sites", "logs", "config/pids"):
		(bench.directory / name).mkdir(parents=True, exist_ok=True)
	bench.mail.mkdir(parents=True, exist_ok=True)
	if bench.directory == ROOT:
		return
	for name in ("apps", "env", "provision", "Procfile", "sites/assets", "sites/apps.txt"):
		link = bench.directory / name
		if not link.is_symlink():
			link.symlink_to(ROOT / name)
	text = (ROOT / "sites" / "common_site_config.json").read_text()
	# The committed file's port numbers, replaced by this bench's.
	for name, port in bench.ports.items():
		text = text.replace(bench.values["ports"][name], str(port))
	(bench.directory / "sites" / "common_site_config.json").write_text(text)


def provisioning_steps(bench, with_tests):
	"""The steps up to a site's doorstep; the same for every bench of a checkout."""
	for_later = {**system_packages.FOR_PDF, **(system_packages.FOR_TESTS if with_tests else {})}
	python_is_ours = f"{framework.identity(bench)} {python_environment.identity()}"
	from_git = not framework.is_snapshot(bench)

	def provide_framework(log):
		if from_git:
			framework.provide_from_git(bench, log)
		else:
			framework.provide_snapshot(python_environment.PIP, SHARED / "download", log)

	def install_python(log):
		python_environment.install(log)
		if from_git:
			python_environment.install_framework_requirements(log)

	for_tests = Step(
		"test packages",
		python_environment.install_for_tests,
		("python packages",),
		inputs=lambda: fingerprint(python_environment.TEST_REQUIREMENTS, text=python_is_ours),
		made=(python_environment.HOME / "bin" / "pytest",),
		stamps=STAMPS,
	)
	return [
		*([for_tests] if with_tests else []),
		# One after the other, as apt does one thing at a time: first what the longest chains begin with.
		Step("system python", lambda log: system_packages.install(system_packages.FOR_PYTHON, log)),
		Step(
			"system services",
			lambda log: system_packages.install(system_packages.FOR_SERVICES, log),
			("system python",),
		),
		Step(
			"system packages",
			lambda log: system_packages.install(for_later, log),
			("system services",),
		),
		Step(
			"python environment",
			python_environment.make,
			("system python",),
			inputs=lambda: python_is_ours,
			made=(python_environment.PYTHON,),
			stamps=STAMPS,
		),
		Step(
			"uv",
			python_environment.install_uv,
			("python environment",),
			inputs=lambda: fingerprint(python_environment.UV_LOCK, text=python_is_ours),
			made=(python_environment.UV,),
			stamps=STAMPS,
		),
		Step(
			"framework",
			provide_framework,
			("python environment",),
			inputs=lambda: framework.identity(bench),
			made=(framework.HOME / "frappe" / "__init__.py",),
			stamps=STAMPS,
		),
		Step(
			"python packages",
			install_python,
			("uv", "framework") if from_git else ("uv",),
			inputs=lambda: fingerprint(
				python_environment.REQUIREMENTS, python_environment.BUILD_TOOLS, text=python_is_ours
			),
			made=(python_environment.HOME / "bin" / "bench",),
			stamps=STAMPS,
		),
		Step(
			"node",
			node.install,
			("uv",),
			inputs=lambda: fingerprint(node.LOCK, text=python_is_ours),
			made=(node.NODE, node.NPM),
			stamps=STAMPS,
		),
		Step(
			"npm packages",
			assets.install_libraries,
			("node",),
			inputs=lambda: fingerprint(assets.BUILDER / "package-lock.json", text=python_is_ours),
			made=(assets.NODE_MODULES / "esbuild", assets.YARN),
			stamps=STAMPS,
		),
		Step(
			"assets",
			lambda log: assets.build(bench, log),
			("framework", "npm packages", *(("python packages",) if from_git else ())),
			inputs=lambda: fingerprint(*assets.sources(), text=framework.identity(bench)),
			made=(assets.LIST,),
			stamps=STAMPS,
		),
	]


class ProcessEnded(Exception):
	"""A process that should run for ever ended by itself; the message names it and its log."""


class Running:
	"""The services of a bench that are up, and its processes."""

	def __init__(self, bench):
		self.bench = bench
		self.services = {}
		self.processes = {}

	def start_services(self, log):
		"""Start MariaDB and Redis, and return once they answer. `log` is for the making of a new data directory."""
		services.make_database_directory(self.bench, log)
		for start in (services.start_database, services.start_cache, services.start_queue):
			start(self.bench, self.services)

	def start_processes(self):
		"""Start what the Procfile names, and return once the web server answers. What nobody waits for, workers and the
		scheduler, begins a second later, not to slow it."""
		procfile.start(self.bench, LISTENING, self.processes)
		deadline = time.monotonic() + WEB_START_SECONDS
		while not _answers(self.bench):
			self.require_all_running()
			if time.monotonic() > deadline:
				raise ProcessEnded(
					f"web did not answer in {WEB_START_SECONDS} s; see {self.bench.logs / 'web.log'}"
				)
			time.sleep(0.1)
		others = [name for name in procfile.commands() if name not in LISTENING]
		procfile.start(self.bench, others, self.processes)

	def require_all_running(self):
		"""Raises ProcessEnded for the first service or process that is gone."""
		for name, process in {**self.services, **self.processes}.items():
			if process.poll() is not None:
				raise ProcessEnded(
					f"{name} ended with code {process.returncode}; see {self.bench.logs / (name + '.log')}"
				)

	def stop(self):
		"""Stop the processes, and then the services that they use."""
		for group in (self.processes, self.services):
			children.stop(list(group.values()))
			group.clear()


def _answers(bench):
	connection = http.client.HTTPConnection("127.0.0.1", bench.ports["web"], timeout=5)
	try:
		connection.request("GET", "/api/method/ping", headers={"Host": f"{bench.site}:{bench.ports['web']}"})
		return connection.getresponse().status == 200
	except OSError:
		return False
	finally:
		connection.close()


def services_step(running):
	# Where they are there already, they need not wait for apt to bring others.
	after = ("system services",) if system_packages.missing(system_packages.FOR_SERVICES) else ()
	return Step("database and redis", running.start_services, after)


def site_inputs(bench):
	"""A text that changes when the site has to be migrated: the app's files, or another framework."""
	return fingerprint(site.APP_HOME, text=framework.identity(bench))


def site_steps(bench, running):
	"""The steps from the services, which stay up in `running`, to a site that is up to date."""

	def make_site(log):
		was_made = site.is_made(bench)
		site.make(bench, log)
		site.configure(bench)
		if not was_made:
			up_to_date.remember(site_inputs(bench))

	up_to_date = Step(
		"site up to date",
		lambda log: site.migrate(bench, log),
		("site",),
		inputs=lambda: site_inputs(bench),
		stamps=bench.data / "stamps",
	)
	return [
		services_step(running),
		Step("site", make_site, ("database and redis", "python packages", "framework")),
		up_to_date,
	]


def provision(bench, steps):
	"""Run the steps for a bench; one run at a time in a checkout."""
	with locked(SHARED / "provision.lock"):
		lay_out(bench)
		run(steps, bench.logs)
		if framework.is_snapshot(bench):
			framework.require_verified()


def clean(bench):
	"""Remove everything that provisioning made in this checkout, data included."""
	made = ["apps/frappe", "apps/frappe.new", "apps/frappe.old", "env", "logs", "config", "sites/assets"]
	for path in [*(ROOT / name for name in made), assets.NODE_MODULES, bench.data]:
		print(f"  removing {path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}")
		shutil.rmtree(path, ignore_errors=True)
	for path in (ROOT / "sites").glob("*/site_config.json"):
		shutil.rmtree(path.parent)
	sys.stdout.flush()
