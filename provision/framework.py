"""Frappe itself, at apps/frappe: the verified snapshot from the package registries, or a git repository."""

import configparser
import json
import shutil
import subprocess
import zipfile
from hashlib import sha256
from pathlib import Path

from provision import children
from provision.settings import ROOT, SettingsError

HOME = ROOT / "apps" / "frappe"
LOCK = Path(__file__).with_name("framework.lock")

WARNING = (
	"The framework here is a snapshot of Frappe from August 2023, for trying and testing: it lacks every security fix "
	"since then. Production takes Frappe's stable version 15 instead; see docs/framework.md."
)

# The snapshot was published under other names. In this order, or the longer names would be broken by the shorter.
NAMES_IN_TEXT = (
	(b",Criscoerp.com", b",Erpnext.com"),
	(b"criscostack", b"frappe"),
	(b"CRISCOSTACK", b"FRAPPE"),
	(b"criscoerp", b"erpnext"),
	(b"Criscoerp", b"ERPNext"),
	(b"Crisco", b"Frappe"),
)
NAMES_IN_PATHS = (
	("criscostack", "frappe"),
	("criscoerp", "erpnext"),
	("utils/brik_helper.py", "utils/bench_helper.py"),
)

# Made after the tree was unpacked, by Python and by the asset build.
NOT_PART_OF_TREE = ("frappe/public/dist", "frappe/public/node_modules")

# Frappe's own script names, so that `bench build` and `bench watch` find our builder.
PACKAGE_JSON = {
	"name": "frappe-framework",
	"private": True,
	"scripts": {
		"build": "node ../../provision/assets/build.mjs",
		"production": "node ../../provision/assets/build.mjs --production",
		"watch": "node ../../provision/assets/build.mjs --watch",
	},
}


class NotVerified(Exception):
	"""The framework is not, to the byte, what framework.lock says."""


def lock():
	"""The snapshot's package, version, wheel_sha256 and tree_sha256, as committed."""
	parser = configparser.ConfigParser()
	parser.read(LOCK, encoding="utf-8")
	return parser["snapshot"]


def is_snapshot(bench):
	"""Whether the settings ask for the snapshot rather than a git repository."""
	return bench.values["framework"]["source"] == "snapshot"


def identity(bench):
	"""A text that changes when another framework is asked for."""
	if is_snapshot(bench):
		return LOCK.read_text() + Path(__file__).read_text()
	return f"{bench.values['framework']['source']} {bench.values['framework']['tag']}"


# --- The snapshot -----------------------------------------------------------------------------------------------------


def download(pip, folder, log):
	"""Fetch the wheel into `folder` with the command `pip`, which checks its hash. Returns its path."""
	wanted = lock()
	folder.mkdir(parents=True, exist_ok=True)
	requirement = folder / "snapshot.txt"
	requirement.write_text(
		f"{wanted['package']}=={wanted['version']} --hash=sha256:{wanted['wheel_sha256']}\n"
	)
	children.run(
		[*pip, "download", "--no-deps", "--require-hashes"]
		+ ["--only-binary=:all:", "--dest", folder, "--requirement", requirement],
		log,
	)
	(wheel,) = folder.glob(f"{wanted['package']}-{wanted['version']}-*.whl")
	return wheel


def rename_text(content):
	"""The bytes of a file with Frappe's names put back; a binary file as it is."""
	if b"\0" in content[:4096]:
		return content
	for published, original in NAMES_IN_TEXT:
		content = content.replace(published, original)
	return content


def rename_path(name):
	"""A path inside the wheel with Frappe's names put back."""
	for published, original in NAMES_IN_PATHS:
		name = name.replace(published, original)
	return name


def unpack(wheel, folder):
	"""Write the snapshot's tree into the empty `folder`. Raises NotVerified for a wheel that is not the locked one."""
	found = sha256(wheel.read_bytes()).hexdigest()
	if found != lock()["wheel_sha256"]:
		raise NotVerified(f"{wheel.name} has sha256 {found}; framework.lock wants {lock()['wheel_sha256']}")
	with zipfile.ZipFile(wheel) as archive:
		for name in archive.namelist():
			if name.endswith(("/", ".DS_Store")) or ".dist-info/" in name:
				continue
			path = folder / rename_path(name)
			path.parent.mkdir(parents=True, exist_ok=True)
			path.write_bytes(rename_text(archive.read(name)))


def tree_hash(folder):
	"""sha256 over the sorted lines "<sha256 of content>  <path>" of every file of the package below `folder`."""
	lines = []
	for path in (folder / "frappe").rglob("*"):
		name = path.relative_to(folder).as_posix()
		if path.is_dir() or "__pycache__" in path.parts or name.startswith(NOT_PART_OF_TREE):
			continue
		lines.append(f"{sha256(path.read_bytes()).hexdigest()}  {name}\n")
	return sha256("".join(sorted(lines)).encode()).hexdigest()


def require_verified(folder=HOME):
	"""Raises NotVerified unless the snapshot's tree in `folder` has the committed hash."""
	found = tree_hash(folder)
	if found != lock()["tree_sha256"]:
		raise NotVerified(
			f"{folder} has the tree hash {found}, and framework.lock wants {lock()['tree_sha256']}: a file was changed. "
			"Delete that folder and start again."
		)


def provide_snapshot(pip, folder, log):
	"""Download, unpack and verify the snapshot, and put it at apps/frappe in one move."""
	draft = HOME.with_name("frappe.new")
	shutil.rmtree(draft, ignore_errors=True)
	unpack(download(pip, folder, log), draft)
	require_verified(draft)
	(draft / "package.json").write_text(json.dumps(PACKAGE_JSON, indent="\t") + "\n")
	_replace(draft)


# --- A git repository -------------------------------------------------------------------------------------------------


def provide_from_git(bench, log):
	"""Clone the configured repository at its tag or branch, and put it at apps/frappe in one move."""
	source, tag = bench.values["framework"]["source"], bench.values["framework"]["tag"]
	if not tag:
		raise SettingsError("[framework] tag must name a tag or branch when source is a git repository")
	draft = HOME.with_name("frappe.new")
	shutil.rmtree(draft, ignore_errors=True)
	children.run(["git", "clone", "--quiet", "--depth", "1", "--branch", tag, source, draft], log)
	_replace(draft)


def describe(bench):
	"""What runs, in a line for the console."""
	if is_snapshot(bench):
		return f"Frappe snapshot ({lock()['package']} {lock()['version']}, tree verified)"
	commit = subprocess.run(
		["git", "-C", str(HOME), "rev-parse", "--short", "HEAD"], capture_output=True, text=True
	).stdout.strip()
	return f"Frappe {bench.values['framework']['tag']} ({commit}) from {bench.values['framework']['source']}"


def _replace(draft):
	"""Put a finished tree in the old one's place."""
	old = HOME.with_name("frappe.old")
	shutil.rmtree(old, ignore_errors=True)
	if HOME.exists():
		HOME.rename(old)
	draft.rename(HOME)
	shutil.rmtree(old, ignore_errors=True)
