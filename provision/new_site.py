"""Makes a site with the app and the demo municipality, all in one process: each of Frappe's commands by itself would begin
with seconds of imports.

Runs in the bench's Python environment with the sites folder as its working directory:
    python -m provision.new_site FILE
where FILE holds the arguments of `make` as JSON, passwords among them, and is removed once it is read."""

import json
import sys
from pathlib import Path

import frappe
from frappe.commands.site import new_site
from frappe.installer import install_app

from provision import site_settings


def make(site, database, root_password, administrator_password, configuration, settings, app):
	"""Make the site. `configuration` goes into its site_config.json, `settings` to `site_settings.apply`."""
	print("Frappe's own part", flush=True)
	new_site.main(
		[
			*(site, "--no-mariadb-socket", "--db-name", database),
			*("--db-root-username", "root", "--db-root-password", root_password),
			*("--admin-password", administrator_password),
		],
		standalone_mode=False,
	)
	frappe.destroy()
	file = Path(site, "site_config.json")
	file.write_text(json.dumps({**json.loads(file.read_text()), **configuration}))
	connect(site)
	# As a part of the installation: else Frappe empties all caches with each of a dozen values.
	frappe.flags.in_install = "frappe"
	site_settings.apply(**settings)
	frappe.flags.in_install = False
	frappe.db.commit()
	frappe.clear_cache()
	if not app:
		return
	print(f"The app {app}", flush=True)
	install_app(app)
	frappe.db.commit()
	connect(site)
	print("The demo municipality", flush=True)
	frappe.get_attr(f"{app}.demo.make")()
	frappe.db.commit()
	frappe.destroy()


def connect(site):
	"""Connect to the site anew, as another command would."""
	frappe.destroy()
	frappe.init(site=site)
	frappe.connect()


if __name__ == "__main__":
	arguments = Path(sys.argv[1])
	text = arguments.read_text()
	arguments.unlink()
	make(**json.loads(text))
