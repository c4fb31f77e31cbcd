"""What is configured (settings.ini and the environment), and the places and ports that follow from it."""

import configparser
import os
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = Path(__file__).with_name("settings.ini")
PORT_NAMES = ("web", "database", "cache", "queue", "mail")


class SettingsError(Exception):
	"""A setting has a value that cannot be used; the message names the setting."""


def read():
	"""settings.ini as {section: {key: text}}, each value replaced by HOT_<SECTION>_<KEY> where that is set."""
	parser = configparser.ConfigParser()
	parser.read(FILE, encoding="utf-8")
	return {
		section: {
			key: os.environ.get(f"HOT_{section}_{key}".upper(), value)
			for key, value in parser[section].items()
		}
		for section in parser.sections()
	}


def number(values, section, key):
	"""A whole number among the values of `read`. Raises SettingsError naming the setting."""
	try:
		return int(values[section][key])
	except ValueError:
		raise SettingsError(
			f"[{section}] {key} must be a whole number, not {values[section][key]!r} "
			f"(settings.ini or HOT_{section}_{key})".upper()
		) from None


@dataclass(frozen=True)
class Bench:
	"""One bench directory with its site, data directory and ports. `make start` has one, `make test` another."""

	directory: Path
	"""Holds sites/, apps/, env/ and logs/, as Frappe expects of the folder above `sites`."""
	data: Path
	site: str
	ports: dict
	values: dict
	is_test: bool

	@property
	def sites(self):
		return self.directory / "sites"

	@property
	def logs(self):
		return self.directory / "logs"

	@property
	def mail(self):
		return self.data / "mail"

	def site_of_its_own(self, number):
		"""The same bench as it is for process `number` of the tests: the first has the site that is made, every other a copy."""
		return replace(self, site=f"{number}.{self.site}") if number else self

	@property
	def url(self):
		return f"http://{self.site}:{self.ports['web']}"

	def environment(self):
		"""os.environ with what Frappe's processes, and those of the Procfile, need to find this bench's services."""
		# With CI set, Frappe's workers take themselves for a test run, and call mail sent that they never sent.
		inherited = {name: value for name, value in os.environ.items() if name != "CI"}
		return {
			**inherited,
			"FRAPPE_BENCH_ROOT": str(self.directory),
			"FRAPPE_DB_HOST": "127.0.0.1",
			"FRAPPE_DB_PORT": str(self.ports["database"]),
			"FRAPPE_REDIS_CACHE": f"redis://127.0.0.1:{self.ports['cache']}",
			"FRAPPE_REDIS_QUEUE": f"redis://127.0.0.1:{self.ports['queue']}",
			"HOT_WEB_PORT": str(self.ports["web"]),
			"HOT_WEB_PROCESSES": self.values["processes"]["web_processes"],
			"HOT_WEB_THREADS": self.values["processes"]["web_threads"],
			"HOT_MAIL_PORT": str(self.ports["mail"]),
			"HOT_MAIL_DIRECTORY": str(self.mail),
			# A development server is not what runs here, whatever the caller's shell says.
			"DEV_SERVER": "0",
			"PYTHONPATH": str(ROOT),
			"PYTHONUNBUFFERED": "1",
		}


def bench(test=False):
	"""The Bench of this checkout, or with `test` the one that `make test` uses beside it."""
	values = read()
	shift = number(values, "ports", "shift") + (number(values, "ports", "test_shift") if test else 0)
	data = ROOT / values["data"]["directory"]
	if test:
		data = data / "test"
	return Bench(
		directory=data if test else ROOT,
		data=data,
		site=values["site"]["name"],
		ports={name: number(values, "ports", name) + shift for name in PORT_NAMES},
		values=values,
		is_test=test,
	)
