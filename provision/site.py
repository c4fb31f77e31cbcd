"""The site: made whole or not at all, kept up to date with the app, and told where this bench's services are."""

import json
import os
import secrets
import shutil
import subprocess
from hashlib import sha256

from provision import children, python_environment, services
from provision.settings import ROOT

APP = "hot_rutin"
APP_HOME = ROOT / "apps" / APP


class SiteBroken(Exception):
	"""The site's folder and its database do not belong together; the message says what to do."""


def folder(bench):
	return bench.sites / bench.site


def accounts_file(bench):
	"""Where the demo's accounts and their passwords are."""
	return folder(bench) / "demo_accounts.json"


def making_mark(bench):
	"""Exists as long as the site is being made. A site beside it is half made, and whatever it holds, nobody's data."""
	return bench.data / f"making-{bench.site}"


def _database(bench):
	return f"hot_{sha256(bench.site.encode()).hexdigest()[:12]}"


def administrator_password_file(bench):
	return bench.data / "administrator-password"


def is_made(bench):
	"""Whether the site is there and whole."""
	return (folder(bench) / "site_config.json").exists() and not making_mark(bench).exists()


def _run_module(bench, log, module, *arguments):
	children.run(
		[python_environment.PYTHON, "-m", module, *arguments], log, cwd=bench.sites, env=bench.environment()
	)


def sql(bench, statements):
	"""Run SQL as MariaDB's root. Returns what it printed. Raises CalledProcessError."""
	return subprocess.run(
		[
			"mariadb",
			"--no-defaults",
			"--host=127.0.0.1",
			f"--port={bench.ports['database']}",
			"--user=root",
			"-N",
		],
		env={**os.environ, "MYSQL_PWD": services.database_password(bench)},
		input=statements,
		text=True,
		capture_output=True,
		check=True,
	).stdout


def _write_private(path, content):
	draft = path.with_name(path.name + ".new")
	draft.unlink(missing_ok=True)
	with open(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
		file.write(content)
		file.flush()
		os.fsync(file.fileno())
	draft.rename(path)


def make(bench, log):
	"""Make the site with the app and the demo municipality, unless it is there. A half-made one is dropped first."""
	if is_made(bench):
		if not sql(bench, f"SHOW DATABASES LIKE '{configuration(bench)['db_name']}'").strip():
			raise SiteBroken(
				f"{folder(bench)} exists, but its database does not. `make clean` removes what is left of this bench, "
				"data and all, so that the next start makes it anew."
			)
		return
	_write_private(making_mark(bench), "")
	drop(bench)
	_write_private(administrator_password_file(bench), secrets.token_urlsafe(16))
	# In a file, and not in the list of processes, which everybody on the machine can read.
	arguments = bench.data / "new-site.json"
	_write_private(
		arguments,
		json.dumps(
			{
				"site": bench.site,
				"database": _database(bench),
				"root_password": services.database_password(bench),
				"administrator_password": administrator_password_file(bench).read_text(),
				"configuration": _wanted_configuration(bench),
				"settings": {
					name: bench.values["site"][name] for name in ("language", "time_zone", "country")
				},
				"app": APP if APP_HOME.exists() else None,
			}
		),
	)
	# Durable writes begin with the whole site: until then a crash means starting over anyway.
	sql(bench, "SET GLOBAL innodb_flush_log_at_trx_commit = 0;")
	_run_module(bench, log, "provision.new_site", arguments)
	sql(bench, f"SET GLOBAL innodb_flush_log_at_trx_commit = {services.FLUSH[bench.is_test]};")
	making_mark(bench).unlink()


def drop(bench):
	"""Remove the site's database, its database user and its folder."""
	name = _database(bench)
	users = sql(
		bench, f"SELECT CONCAT(QUOTE(User), '@', QUOTE(Host)) FROM mysql.user WHERE User = '{name}'"
	).split()
	sql(bench, f"DROP DATABASE IF EXISTS `{name}`;" + "".join(f"DROP USER {user};" for user in users))
	shutil.rmtree(folder(bench), ignore_errors=True)


def copy(bench, twin):
	"""Make the site of `twin`, which shares the services of `bench`, a copy of the site of `bench`."""
	drop(twin)
	name, given = _database(twin), configuration(bench)
	address = ["--no-defaults", "--host=127.0.0.1", f"--port={bench.ports['database']}", "--user=root"]
	environment = {**os.environ, "MYSQL_PWD": services.database_password(bench)}
	sql(
		bench,
		f"CREATE DATABASE `{name}`; GRANT ALL ON `{name}`.* TO `{name}`@'%' IDENTIFIED BY '{given['db_password']}';",
	)
	dumped = subprocess.Popen(
		["mariadb-dump", *address, "--single-transaction", "--routines", given["db_name"]],
		env=environment,
		stdout=subprocess.PIPE,
	)
	subprocess.run(["mariadb", *address, name], env=environment, stdin=dumped.stdout, check=True)
	if dumped.wait():
		raise SiteBroken(f"The database of {bench.site} could not be copied.")
	shutil.copytree(folder(bench), folder(twin))
	_write_private(folder(twin) / "site_config.json", json.dumps({**given, "db_name": name}))
	configure(twin)


def configuration(bench):
	"""The site's site_config.json."""
	return json.loads((folder(bench) / "site_config.json").read_text())


def configure(bench):
	"""Tell the site where this bench's services are: the ports may be others than at the last start."""
	wanted = {**configuration(bench), **_wanted_configuration(bench)}
	_write_private(folder(bench) / "site_config.json", json.dumps(wanted, indent=1, sort_keys=True) + "\n")


def _wanted_configuration(bench):
	return {
		"db_host": "127.0.0.1",
		"db_port": bench.ports["database"],
		"redis_cache": f"redis://127.0.0.1:{bench.ports['cache']}",
		"redis_queue": f"redis://127.0.0.1:{bench.ports['queue']}",
		# Links in mails lead here.
		"host_name": bench.url,
		"mail_server": "127.0.0.1",
		"mail_port": bench.ports["mail"],
		"disable_mail_smtp_authentication": 1,
		"auto_email_id": f"rutin@{bench.site}",
		"email_sender_name": "Hot-rutinen",
		"always_use_account_email_id_as_sender": 1,
		"always_use_account_name_as_sender_name": 1,
		# A demo's people have passwords in a file beside it; no second factor keeps a newcomer out.
		"hot_rutin_demo": 1,
	}


def migrate(bench, log):
	"""Bring the site's schema and the app's data up to what the app's files say."""
	_run_module(bench, log, "frappe.utils.bench_helper", "frappe", "--site", bench.site, "migrate")


def forget_backlog(bench):
	"""Drop the mail that the demo's cases left waiting, and take every scheduled job as just run: a test would wait for
	a hundred jobs before its own."""
	database = configuration(bench)["db_name"]
	sql(
		bench,
		f"USE `{database}`; DELETE FROM `tabEmail Queue Recipient`; DELETE FROM `tabEmail Queue`;"
		"UPDATE `tabScheduled Job Type` SET last_execution = NOW();",
	)
