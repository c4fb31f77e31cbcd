"""What has to come from the operating system, installed where it is missing."""

import os
import shutil
import subprocess
from ctypes.util import find_library
from importlib.util import find_spec
from pathlib import Path

from provision import children

# Installing a Debian server package starts its system service. This file, which Debian's packages ask, forbids that:
# the bench runs its own, on its own ports.
POLICY = Path("/usr/sbin/policy-rc.d")
POLICY_TEXT = (
	"#!/bin/sh\n# Written for the time of an installation by provision/system_packages.py\nexit 101\n"
)


class PackagesMissing(Exception):
	"""System packages are missing and cannot be installed from here; the message holds the command to run."""


def _has_font(*families):
	if not shutil.which("fc-list"):
		return False
	listed = subprocess.run(["fc-list", ":", "family"], capture_output=True, text=True).stdout
	return all(family in listed for family in families)


# Package(s) and whether they are there already, however they came.
FOR_PYTHON = {"python3-venv": lambda: find_spec("pip") or find_spec("ensurepip")}
FOR_SERVICES = {
	"mariadb-server mariadb-client": lambda: all(
		shutil.which(name) for name in ("mariadbd", "mariadb-install-db", "mariadb", "mariadb-dump")
	),
	"redis-server": lambda: shutil.which("redis-server"),
}
FOR_PDF = {
	"wkhtmltopdf": lambda: shutil.which("wkhtmltopdf"),
	"libpango-1.0-0 libpangoft2-1.0-0": lambda: find_library("pango-1.0") and find_library("pangoft2-1.0"),
	"libcairo2": lambda: find_library("cairo"),
	"fontconfig fonts-dejavu-core": lambda: _has_font("DejaVu Sans"),
	# A threat may come in any script, and in pictures: in black and white.
	"fonts-droid-fallback fonts-symbola": lambda: _has_font("Droid Sans Fallback", "Symbola"),
}
FOR_TESTS = {
	"chromium": lambda: Path("/usr/bin/chromium").exists(),
	"fonts-liberation": lambda: _has_font("Liberation Sans"),
	"poppler-utils": lambda: shutil.which("pdftotext") and shutil.which("pdftoppm"),
}


def missing(wanted):
	"""Names of the Debian packages in `wanted` (package names to a check) that this machine lacks."""
	return [name for names, is_there in wanted.items() if not is_there() for name in names.split()]


def _as_root():
	if os.geteuid() == 0:
		return []
	if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
		return ["sudo", "-n"]
	return None


def _can_be_installed(names):
	"""Whether apt knows a candidate of every package: on a new machine or container its lists are empty."""
	known = subprocess.run(["apt-cache", "policy", *names], capture_output=True, text=True).stdout
	return known.count("Candidate:") >= len(names) and "Candidate: (none)" not in known


def install(wanted, log):
	"""Install what is missing of `wanted`. Raises PackagesMissing where neither root nor sudo is to be had."""
	names = missing(wanted)
	if not names:
		return
	root = _as_root()
	if not shutil.which("apt-get"):
		raise PackagesMissing(f"Please install what Debian calls: {' '.join(names)}")
	if root is None:
		raise PackagesMissing(
			f"Please run this, and then start again:\n    apt-get install {' '.join(names)}"
		)

	def run(script):
		# Not killed with us: an interrupted dpkg leaves a mess. And one script, so that the policy goes in any case.
		children.run([*root, "sh", "-c", script], log, dies_with_parent=False)

	apt_get = "DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600"
	install_all = f"{apt_get} install --no-install-recommends {' '.join(names)}"
	if not POLICY.exists():
		install_all = f"printf '#!/bin/sh\\nexit 101\\n' > {POLICY} && chmod 755 {POLICY}; trap 'rm -f {POLICY}' EXIT; {install_all}"
	try:
		if not _can_be_installed(names):
			run(f"{apt_get} update")
		run(install_all)
	except children.CommandFailed:
		# The usual reasons: lists older than what the mirrors hold now, or an earlier installation that was cut short.
		run(f"dpkg --configure -a; {apt_get} update")
		run(install_all)
	if still := missing(wanted):
		raise PackagesMissing(f"Installed, but still not found: {' '.join(still)}")
