"""The bench's Python environment, at env/: exactly what requirements.lock says, each file checked against its hash."""

import ast
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from provision import children, framework
from provision.settings import ROOT

HOME = ROOT / "env"
PYTHON = HOME / "bin" / "python"
REQUIREMENTS = Path(__file__).with_name("requirements.lock")
TEST_REQUIREMENTS = Path(__file__).with_name("tests.lock")
# What the few packages without a wheel are built with. Installed first, or it would be fetched unchecked.
BUILD_TOOLS = Path(__file__).with_name("build.lock")
# uv installs the rest: ten times as fast as pip, which on a new machine is there already, and brings uv.
UV_LOCK = Path(__file__).with_name("installer.lock")
UV_HOME = HOME / "uv"
UV = UV_HOME / "bin" / "uv"
HAS_PIP = find_spec("pip") is not None
PIP = [sys.executable if HAS_PIP else PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input"]
# A machine is set up for pip: what it is told, and uv's name for the same.
PIP_SETTINGS = {
	"index-url": "UV_DEFAULT_INDEX",
	"extra-index-url": "UV_INDEX",
	"find-links": "UV_FIND_LINKS",
	"trusted-host": "UV_INSECURE_HOST",
	"default-timeout": "UV_HTTP_TIMEOUT",
	"timeout": "UV_HTTP_TIMEOUT",
	"cert": "SSL_CERT_FILE",
	"proxy": "ALL_PROXY",
}


def identity():
	"""A text that changes when the environment has to be made anew: another Python, or the folder was moved."""
	# Not the patch release: the system's may be upgraded in place, which an environment takes no harm from.
	return f"{sys.version_info[:2]} {sys.base_prefix} {HOME}"


def make(log):
	"""Make an empty environment, in place of any other that was there."""
	shutil.rmtree(HOME, ignore_errors=True)
	# Made by the Python underneath, so that an environment that is active in the caller's shell does not matter.
	python = getattr(sys, "_base_executable", sys.executable)
	children.run([python, "-m", "venv", *(["--without-pip"] if HAS_PIP else []), HOME], log)


def install_uv(log):
	"""Install the locked uv below env/."""
	children.run(
		[*PIP, "install", "--require-hashes", "--no-deps", "--no-compile", "--upgrade"]
		+ ["--target", UV_HOME, "--requirement", UV_LOCK],
		log,
	)


def pip_settings(listed):
	"""What `pip config list` printed, as the environment variables by which uv is told the same."""
	found = {}
	# A command's own settings outdo those for all commands, and the environment outdoes the files.
	for section in ("global", "install", ":env:"):
		for line in listed.splitlines():
			name, _, value = line.partition("=")
			if name.startswith(f"{section}.") and (variable := PIP_SETTINGS.get(name[len(section) + 1 :])):
				found[variable] = " ".join(ast.literal_eval(value).split())
	if "UV_FIND_LINKS" in found:
		found["UV_FIND_LINKS"] = found["UV_FIND_LINKS"].replace(" ", ",")
	return found


def _uv_environment():
	listed = subprocess.run([*PIP, "config", "list"], capture_output=True, text=True).stdout
	return {
		# As pip chooses among several indexes. What comes is checked against its hash, wherever it comes from.
		"UV_INDEX_STRATEGY": "unsafe-best-match",
		"UV_SYSTEM_CERTS": "1",
		"UV_NO_PROGRESS": "1",
		**os.environ,
		**pip_settings(listed),
		# Who has set uv up itself has meant it.
		**{name: value for name, value in os.environ.items() if name.startswith("UV_")},
	}


def uv_install(log, requirements, *options):
	"""Install exactly the packages of a lock file, each checked against its hash, into the environment."""
	# Compiled is what is used when it is used: a fraction of it.
	children.run(
		[UV, "pip", "install", "--python", PYTHON, "--require-hashes", "--no-deps", "--no-compile-bytecode"]
		+ [*options, "--requirement", requirements],
		log,
		env=_uv_environment(),
	)


def install(log):
	"""Install the locked packages, and put the bench's apps on the environment's path."""
	uv_install(log, BUILD_TOOLS)
	uv_install(log, REQUIREMENTS, "--no-build-isolation")
	(packages,) = (HOME / "lib").glob("python3.*/site-packages")
	(packages / "bench_apps.pth").write_text(f"{ROOT / 'apps' / 'frappe'}\n{ROOT / 'apps' / 'hot_rutin'}\n")


def install_for_tests(log):
	"""Install what the tests need besides."""
	uv_install(log, TEST_REQUIREMENTS)


def install_framework_requirements(log):
	"""Install what a framework from git asks for in its own pyproject.toml. The lock file is the snapshot's."""
	children.run(
		[
			PYTHON,
			"-m",
			"pip",
			"install",
			"--disable-pip-version-check",
			"--no-input",
			"--editable",
			framework.HOME,
		],
		log,
	)
