"""A private MariaDB and a private Redis, or rather two: a cache that may forget, and a queue that may not."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from provision import children

START_SECONDS = 60
# A report of a threat is not lost to a power cut; a test's database may be.
FLUSH = {False: 1, True: 2}  # innodb_flush_log_at_trx_commit
DURABILITY = {
	False: [],
	True: ["--debug-no-sync", "--innodb-flush-method=nosync", "--innodb-doublewrite=0"],
}
LONGEST_SOCKET_PATH = 100  # of 107: what the kernel takes for a UNIX socket's path


class PortBusy(Exception):
	"""Something else listens on a port that this bench needs; the message says what to change."""


class ServiceFailed(Exception):
	"""A service did not come up; the message names its log."""


def require_free_ports(bench, names):
	"""Raises PortBusy for the first of the named ports that is taken."""
	for name in names:
		if not _is_free(bench.ports[name]):
			raise PortBusy(
				f"Port {bench.ports[name]} on 127.0.0.1 ({name}) is in use by another program. Stop that program, or "
				f"move this bench: [ports] in provision/settings.ini, or for one run HOT_PORTS_SHIFT=100 (all ports) "
				f"or HOT_PORTS_{name.upper()}=<port> (this one)."
			)


def _is_free(port):
	with socket.socket() as probe:
		# As servers do: a port whose last connections are still closing is free.
		probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		try:
			probe.bind(("127.0.0.1", port))
		except OSError:
			return False
	return True


def start(name, argv, port, log, started):
	"""Start a service, add it to `started` at once, so that it is stopped whatever happens next, and wait for its port."""
	with open(log, "ab") as output:
		process = started[name] = children.start(argv, stdout=output, stderr=subprocess.STDOUT)
	deadline = time.monotonic() + START_SECONDS
	while process.poll() is None and time.monotonic() < deadline:
		with socket.socket() as probe:
			if probe.connect_ex(("127.0.0.1", port)) == 0:
				return
		time.sleep(0.05)
	raise ServiceFailed(f"{name} did not start; see {log}")


# --- MariaDB ----------------------------------------------------------------------------------------------------------


def database_password(bench):
	"""The password of MariaDB's root in this bench: random, kept in a file that only its owner reads."""
	path = bench.data / "mariadb-root-password"
	if not path.exists():
		bench.data.mkdir(parents=True, exist_ok=True)
		draft = path.with_suffix(".new")
		draft.unlink(missing_ok=True)
		with open(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
			file.write(secrets.token_urlsafe(24))
		draft.rename(path)
	return path.read_text()


def _as_root():
	# MariaDB refuses to run as root unless told so by name.
	return ["--user=root"] if os.geteuid() == 0 else []


def _socket_path(bench):
	path = bench.data / "mariadb.sock"
	if len(str(path)) <= LONGEST_SOCKET_PATH:
		return path
	return Path(tempfile.gettempdir()) / f"hot-{sha256(str(path).encode()).hexdigest()[:16]}.sock"


def make_database_directory(bench, log):
	"""Make MariaDB's data directory, in one move: one that was cut short is made anew."""
	directory = bench.data / "mariadb"
	if directory.exists():
		return
	bench.data.mkdir(parents=True, exist_ok=True)
	draft = bench.data / "mariadb.new"
	shutil.rmtree(draft, ignore_errors=True)
	children.run(
		[
			"mariadb-install-db",
			"--no-defaults",
			*_as_root(),
			f"--datadir={draft}",
			"--auth-root-authentication-method=normal",
			"--skip-test-db",
			# A machine need not be able to look up its own name.
			"--force",
		],
		log,
	)
	draft.rename(directory)


def start_database(bench, started):
	"""Start MariaDB, as "mariadb" in `started`, and return once it answers. Root's password and the absence of anonymous
	users are set at every start, so that no half-made state of them survives."""
	password = database_password(bench)
	temporary = bench.data / "mariadb-tmp"
	temporary.mkdir(exist_ok=True)
	accounts = bench.data / "mariadb-accounts.sql"
	with open(os.open(accounts, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
		# Anonymous users, which a new data directory has, shadow the accounts of sites.
		file.write(
			"DELETE FROM mysql.global_priv WHERE User = '';\n"
			"FLUSH PRIVILEGES;\n"
			f"CREATE USER IF NOT EXISTS root@'127.0.0.1' IDENTIFIED BY '{password}';\n"
			f"ALTER USER root@'127.0.0.1' IDENTIFIED BY '{password}';\n"
			"GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;\n"
			f"ALTER USER root@localhost IDENTIFIED BY '{password}';\n"
		)
	start(
		"mariadb",
		[
			"mariadbd",
			"--no-defaults",
			*_as_root(),
			f"--datadir={bench.data / 'mariadb'}",
			# Its own: at its start a server clears away what it takes for leftovers, another bench's tables among them.
			f"--tmpdir={temporary}",
			f"--socket={_socket_path(bench)}",
			f"--pid-file={bench.data / 'mariadb.pid'}",
			f"--init-file={accounts}",
			"--bind-address=127.0.0.1",
			f"--port={bench.ports['database']}",
			"--skip-name-resolve",
			"--character-set-server=utf8mb4",
			"--collation-server=utf8mb4_unicode_ci",
			"--skip-character-set-client-handshake",
			"--innodb-buffer-pool-size=256M",
			"--max-allowed-packet=64M",
			f"--innodb-flush-log-at-trx-commit={FLUSH[bench.is_test]}",
			*DURABILITY[bench.is_test],
		],
		bench.ports["database"],
		bench.logs / "mariadb.log",
		started,
	)


# --- Redis ------------------------------------------------------------------------------------------------------------


def _start_redis(bench, port_name, options, started):
	name = f"redis-{port_name}"
	directory = bench.data / name
	directory.mkdir(parents=True, exist_ok=True)
	port = bench.ports[port_name]
	# A title would be written over the environment, by which the next run knows what a killed one has left.
	options = [*options, "--set-proc-title", "no"]
	argv = ["redis-server", "--bind", "127.0.0.1", "--port", port, "--dir", directory, "--save", "", *options]
	start(name, argv, port, bench.logs / f"{name}.log", started)


def start_cache(bench, started):
	"""Start the Redis that Frappe caches in: bounded, and empty after a restart."""
	_start_redis(
		bench,
		"cache",
		["--appendonly", "no", "--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru"],
		started,
	)


def start_queue(bench, started):
	"""Start the Redis that holds background jobs: written to disk, and never evicted."""
	_start_redis(bench, "queue", ["--appendonly", "yes", "--maxmemory-policy", "noeviction"], started)
