"""The bench's Python environment, at env/: exactly what requirements.lock says, each file checked against its hash."""

import shutil
import sys
from pathlib import Path

from provision import children, framework
from provision.settings import ROOT

HOME = ROOT / "env"
PYTHON = HOME / "bin" / "python"
REQUIREMENTS = Path(__file__).with_name("requirements.lock")
# What the few packages without a wheel are built with. Installed first, because pip would else fetch it unchecked.
BUILD_TOOLS = Path(__file__).with_name("build.lock")


def identity():
	"""A text that changes when the environment has to be made anew: another Python, or the folder was moved."""
	# Not the patch release: the system's may be upgraded in place, which an environment takes no harm from.
	return f"{sys.version_info[:2]} {sys.base_prefix} {HOME}"


def make(log):
	"""Make an empty environment, in place of any other that was there."""
	shutil.rmtree(HOME, ignore_errors=True)
	# Made by the Python underneath, so that an environment that is active in the caller's shell does not matter.
	children.run([getattr(sys, "_base_executable", sys.executable), "-m", "venv", HOME], log)


def pip_install(log, *options):
	"""pip install, with these options, into the environment."""
	children.run([PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *options], log)


def install(log):
	"""Install the locked packages, and put the bench's apps on the environment's path."""
	pip_install(log, "--require-hashes", "--no-deps", "--requirement", BUILD_TOOLS)
	pip_install(
		log,
		"--require-hashes",
		"--no-deps",
		"--no-build-isolation",
		# Python compiles what is used when it is used: a fraction of it.
		"--no-compile",
		"--requirement",
		REQUIREMENTS,
	)
	(packages,) = (HOME / "lib").glob("python3.*/site-packages")
	(packages / "bench_apps.pth").write_text(f"{ROOT / 'apps' / 'frappe'}\n{ROOT / 'apps' / 'hot_rutin'}\n")


def install_framework_requirements(log):
	"""Install what a framework from git asks for in its own pyproject.toml. The lock file is the snapshot's."""
	pip_install(log, "--editable", framework.HOME)
