"""The desk's JavaScript and CSS, in sites/assets: built by assets/build.mjs, or by the framework's own builder, and compressed
by assets/compress.mjs."""

import shutil
from pathlib import Path

from provision import framework, node, python_environment
from provision.settings import ROOT

BUILDER = Path(__file__).with_name("assets")
NODE_MODULES = BUILDER / "node_modules"
LIST = ROOT / "sites" / "assets" / "assets.json"
YARN = python_environment.HOME / "bin" / "yarn"


def install_libraries(log):
	"""Install the locked npm packages, and link yarn, which `bench build` calls by its name. No package's install script
	runs: none is needed."""
	node.run(
		[
			node.NPM,
			"ci",
			"--ignore-scripts",
			"--no-audit",
			"--no-fund",
			"--no-update-notifier",
			"--loglevel=error",
		],
		log,
		cwd=BUILDER,
	)
	node.link(YARN, NODE_MODULES / "yarn" / "bin" / "yarn.js")


def build(bench, log):
	"""Build every app's bundles. sites/assets/assets.json is written last."""
	if framework.is_snapshot(bench):
		node.run(["node", BUILDER / "build.mjs", "--production"], log)
		return
	# Upstream's repository brings its own builder and its own lock file for it.
	node.run([YARN, "install", "--frozen-lockfile", "--non-interactive"], log, cwd=framework.HOME)
	shutil.rmtree(LIST.parent, ignore_errors=True)
	node.run(
		[python_environment.PYTHON, "-m", "frappe.utils.bench_helper", "frappe", "build", "--production"],
		log,
		cwd=ROOT / "sites",
		env=bench.environment(),
	)
	node.run(["node", BUILDER / "compress.mjs", LIST.parent], log)


def sources():
	"""The apps' own files that bundles are made of, ours included: what a rebuild depends on."""
	folders = [app / app.name / "public" for app in (ROOT / "apps").iterdir() if app.name != "frappe"]
	return [*BUILDER.glob("*.mjs"), BUILDER / "package-lock.json", ROOT / "sites" / "apps.txt", *folders]
