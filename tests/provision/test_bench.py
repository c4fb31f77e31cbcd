"""What the bench promises: who can reach it, what runs, and that mail, stopping and starting again work."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from provision import (
	children,
	framework,
	progress,
	python_environment,
	python_version,
	services,
	settings,
	site,
	steps,
	system_packages,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def bench():
	return settings.bench(test=True)


def listeners():
	"""{port: addresses} of every listening TCP socket of this machine, IPv4 and IPv6, as the kernel has them."""
	found = {}
	for table in ("/proc/net/tcp", "/proc/net/tcp6"):
		for line in Path(table).read_text().splitlines()[1:]:
			local, state = line.split()[1], line.split()[3]
			if state == "0A":
				address, port = local.rsplit(":", 1)
				found.setdefault(int(port, 16), set()).add(address)
	return found


def test_everything_listens_on_loopback_only(bench, stack):
	loopback = {"0100007F"}
	assert {port: listeners().get(port) for port in bench.ports.values()} == dict.fromkeys(
		bench.ports.values(), loopback
	)


def test_both_addresses_reach_the_site(http, stack):
	by_name = http().get("/api/method/ping")
	by_number = http()
	by_number.headers["Host"] = stack.address.removeprefix("http://")
	assert by_name.json() == by_number.get("/api/method/ping").json() == {"message": "pong"}


def test_a_client_cannot_choose_the_site_by_header(http):
	session = http()
	session.headers["X-Frappe-Site-Name"] = "../../etc"
	assert session.get("/api/method/ping").status_code == 200


def test_no_debugger_and_no_developer_mode(http, frappe_site):
	assert not frappe_site.conf.developer_mode
	assert not frappe_site._dev_server
	# Werkzeug's debugger answers to these on every path.
	for path in ("/console", "/?__debugger__=yes&cmd=resource&f=debugger.js"):
		answer = http().get(path)
		assert "Werkzeug Debugger" not in answer.text and "EVALEX" not in answer.text


def test_static_assets_are_served_and_named_by_content(http, stack):
	assets = json.loads((stack.sites / "assets" / "assets.json").read_text())
	for name in ("desk.bundle.js", "desk.bundle.css", "website.bundle.css"):
		answer = http().get(assets[name])
		assert answer.status_code == 200 and len(answer.content) > 10_000
		assert answer.headers["X-Content-Type-Options"] == "nosniff"
		assert re.search(r"\.bundle\.[0-9A-Z]{8}\.", assets[name])


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_bundles_travel_compressed_and_are_fetched_once(http, stack, encoding):
	assets = json.loads((stack.sites / "assets" / "assets.json").read_text())
	for name in ("desk.bundle.js", "desk.bundle.css"):
		answer = http().get(assets[name], headers={"Accept-Encoding": encoding})
		assert answer.headers["Content-Encoding"] == encoding
		assert int(answer.headers["Content-Length"]) < len(answer.content) / 3
		assert answer.content == (stack.sites / assets[name].removeprefix("/")).read_bytes()
		assert answer.headers["Cache-Control"].endswith(", public, immutable")
		assert answer.headers["Vary"] == "Accept-Encoding"
		plain = http().get(assets[name], headers={"Accept-Encoding": "identity"})
		assert "Content-Encoding" not in plain.headers and plain.content == answer.content


def test_what_may_change_under_its_name_is_asked_for_again(http):
	for path in (
		"/assets/frappe/css/fonts/inter/inter_regular.woff2",
		"/assets/hot_rutin/images/hot-rutin.svg",
		"/assets/frappe/node_modules/qz-tray/qz-tray.js",
	):
		answer = http().get(path)
		assert answer.status_code == 200
		assert "immutable" not in answer.headers["Cache-Control"]
		again = http().get(path, headers={"If-None-Match": answer.headers["ETag"]})
		assert again.status_code == 304


def test_pages_and_data_travel_compressed_and_are_kept_nowhere(http, world):
	desk = world.exposed.desk
	for path in ("/login", "/app", "/api/method/frappe.desk.form.load.getdoctype?doctype=Incident"):
		answer = desk.get(path, headers={"Accept-Encoding": "gzip"})
		assert answer.status_code == 200 and answer.headers["Content-Encoding"] == "gzip"
		assert int(answer.headers["Content-Length"]) < len(answer.content) / 3
		assert answer.headers["Vary"] == "Accept-Encoding"
		assert answer.headers["Cache-Control"] == "no-store"
		plain = desk.get(path, headers={"Accept-Encoding": "gzip;q=0"})
		assert plain.status_code == 200 and "Content-Encoding" not in plain.headers


def test_the_length_of_a_compressed_page_tells_no_secret_in_it(http):
	session = http()
	answers = [session.get("/login", headers={"Accept-Encoding": "gzip"}) for _ in range(8)]
	assert len({answer.content for answer in answers}) == 1
	assert len({answer.headers["Content-Length"] for answer in answers}) > 1


@pytest.mark.parametrize("name", ["hot.txt", "hot.json"])
def test_a_file_travels_as_it_is_stored(frappe_site, stack, http, name):
	content = b'"Vi vet var du bor" ' * 100
	file = frappe_site.get_doc(
		{"doctype": "File", "file_name": name, "is_private": 1, "content": content}
	).insert()
	frappe_site.db.commit()
	password = site.administrator_password_file(settings.bench(test=True)).read_text()
	answer = http("Administrator", password).get(file.file_url, headers={"Accept-Encoding": "gzip, br"})
	assert (answer.status_code, answer.content) == (200, content)
	assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("path", ["/assets/../common_site_config.json", "/files/../../site_config.json"])
def test_static_files_end_at_their_folder(stack, path):
	# By hand: HTTP libraries tidy such paths up before they are sent.
	with socket.create_connection(
		("127.0.0.1", int(stack.address.rsplit(":", 1)[1])), timeout=30
	) as connection:
		connection.sendall(f"GET {path} HTTP/1.0\r\nHost: {stack.site}\r\n\r\n".encode())
		answer = b"".join(iter(lambda: connection.recv(65536), b""))
	assert b"db_password" not in answer and b"redis_queue" not in answer


def test_the_site_is_set_up(frappe_site):
	values = frappe_site.get_doc("System Settings")
	assert values.enable_scheduler and values.setup_complete
	assert (values.language, values.time_zone) == ("sv", "Europe/Stockholm")
	assert frappe_site.db.get_default("desktop:home_page") == "workspace"


def test_the_list_view_shows_rows(browser, stack):
	"""A desk that is only half wired to its (absent) realtime server shows lists without rows."""
	errors = []
	context = browser.new_context(base_url=stack.url)
	page = context.new_page()
	page.on("pageerror", lambda error: errors.append(str(error)))
	page.goto("/login")
	page.fill("#login_email", "Administrator")
	page.fill("#login_password", site.administrator_password_file(settings.bench(test=True)).read_text())
	page.click(".btn-login")
	page.wait_for_url("**/app**")
	page.goto("/app/role")
	page.wait_for_selector(".list-row a[data-name]")
	context.close()
	assert errors == []


def test_mail_goes_through_queue_and_scheduler_to_the_catcher(frappe_site, scheduler, mailbox):
	frappe_site.sendmail(
		recipients=["provmottagare@example.com"], subject="Prov: åäö", message="Hej", delayed=True
	)
	frappe_site.db.commit()
	message = mailbox.wait_for("provmottagare@example.com", by_itself=True)
	assert message["Subject"] == "Prov: åäö"


def test_secrets_are_readable_by_their_owner_only(bench, stack):
	folder = site.folder(bench)
	files = [
		bench.data / "mariadb-root-password",
		bench.data / "mariadb-accounts.sql",
		site.administrator_password_file(bench),
		folder / "site_config.json",
	]
	if site.accounts_file(bench).exists():
		files.append(site.accounts_file(bench))
	assert {file.name: oct(file.stat().st_mode & 0o777) for file in files} == {
		file.name: "0o600" for file in files
	}


def test_no_anonymous_database_user(bench, stack):
	assert site.sql(bench, "SELECT COUNT(*) FROM mysql.global_priv WHERE User = ''").strip() == "0"


# --- Without the stack ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [(3, 9, 18), (3, 13, 0), (2, 7, 18)])
def test_another_python_is_named(version):
	assert "{}.{}".format(*version) in python_version.error(version)


@pytest.mark.parametrize("version", [(3, 10, 0), (3, 11, 7), (3, 12, 1)])
def test_these_pythons_do(version):
	assert python_version.error(version) is None


def test_without_root_the_one_command_to_run_is_printed(monkeypatch, tmp_path):
	monkeypatch.setattr(system_packages, "_as_root", lambda: None)
	wanted = {
		"redis-server": lambda: False,
		"libcairo2": lambda: True,
		"mariadb-server mariadb-client": lambda: False,
	}
	with pytest.raises(system_packages.PackagesMissing) as refusal:
		system_packages.install(wanted, tmp_path / "log")
	assert "    apt-get install redis-server mariadb-server mariadb-client" in str(refusal.value)


def test_a_busy_port_is_named_with_what_to_change(tmp_path):
	with socket.create_server(("127.0.0.1", 0)) as other:
		port = other.getsockname()[1]
		answer = subprocess.run(
			[sys.executable, "-m", "provision", "start"],
			cwd=ROOT,
			env={
				**os.environ,
				"HOT_PORTS_MAIL": str(port),
				"HOT_PORTS_SHIFT": "0",
				"HOT_DATA_DIRECTORY": str(tmp_path),
			},
			capture_output=True,
			text=True,
			timeout=60,
		)
	# Whichever of the ports is found busy first: a `make start` may be running beside this.
	assert answer.returncode == 1
	assert re.search(r"Port \d+ on 127\.0\.0\.1 \(\w+\) is in use", answer.stderr)
	assert "HOT_PORTS_SHIFT" in answer.stderr


def test_every_port_can_be_moved(monkeypatch):
	before = settings.bench().ports
	monkeypatch.setenv("HOT_PORTS_SHIFT", str(settings.number(settings.read(), "ports", "shift") + 1000))
	assert settings.bench().ports == {name: port + 1000 for name, port in before.items()}
	monkeypatch.setenv("HOT_PORTS_WEB", "many")
	with pytest.raises(settings.SettingsError, match="HOT_PORTS_WEB"):
		settings.bench()


def test_the_committed_ports_are_the_settings_ports(monkeypatch):
	for name in [name for name in os.environ if name.startswith("HOT_")]:
		monkeypatch.delenv(name)
	ports = settings.bench().ports
	committed = json.loads((ROOT / "sites" / "common_site_config.json").read_text())
	assert (committed["webserver_port"], committed["db_port"]) == (ports["web"], ports["database"])
	assert committed["redis_cache"].endswith(str(ports["cache"]))
	assert committed["redis_queue"].endswith(str(ports["queue"]))


def test_a_changed_file_in_the_framework_is_found(tmp_path):
	tree = tmp_path / "frappe"
	tree.mkdir()
	(tree / "handler.py").write_text("print()")
	before = framework.tree_hash(tmp_path)
	(tree / "__pycache__").mkdir()
	(tree / "__pycache__" / "handler.pyc").write_text("bytes")
	assert framework.tree_hash(tmp_path) == before
	(tree / "handler.py").write_text("print( )")
	assert framework.tree_hash(tmp_path) != before
	with pytest.raises(framework.NotVerified):
		framework.require_verified(tmp_path)


def test_the_framework_here_is_the_verified_one():
	if framework.is_snapshot(settings.bench()):
		framework.require_verified()


def test_a_step_is_done_once_and_again_when_its_inputs_change(tmp_path):
	done, inputs = [], ["first"]
	step = steps.Step("making", done.append, inputs=lambda: inputs[0], stamps=tmp_path)
	steps.run([step], tmp_path)
	steps.run([step], tmp_path)
	assert len(done) == 1
	inputs[0] = "second"
	steps.run([step], tmp_path)
	assert len(done) == 2


def test_a_step_that_was_cut_short_is_done_again_even_from_its_old_inputs(tmp_path):
	inputs, cut = ["first"], [False]

	def action(_log):
		if cut[0]:
			raise RuntimeError("cut short")

	step = steps.Step("making", action, inputs=lambda: inputs[0], stamps=tmp_path)
	steps.run([step], tmp_path)
	inputs[0], cut[0] = "second", True
	with pytest.raises(steps.StepFailed, match="making: cut short"):
		steps.run([step], tmp_path)
	inputs[0] = "first"
	assert not step.is_done("first")


def test_steps_wait_for_those_they_need_and_for_no_others(tmp_path):
	order = []

	def after(seconds, name):
		def action(_log):
			time.sleep(seconds)
			order.append(name)

		return action

	steps.run(
		[
			steps.Step("last", after(0, "last"), ("slow",)),
			steps.Step("slow", after(0.5, "slow")),
			steps.Step("quick", after(0, "quick")),
		],
		tmp_path,
	)
	assert order == ["quick", "slow", "last"]


def test_what_is_under_way_is_told_with_what_it_said_last_and_what_comes_after_it(tmp_path):
	slow = steps.Step("slow one", time.sleep)
	after = [steps.Step("next", time.sleep, ("slow one",)), steps.Step("last", time.sleep, ("next",))]
	told = progress.Progress(tmp_path)
	assert told.described({slow: time.time()}, after) == "slow one before next"
	began = time.time() - 1
	slow.log(tmp_path).write_text("\n$ command\nfirst\n 10 %\r 20 %")
	assert told.described({slow: began}, after) == "slow one (20 %) before next"


def test_uv_is_told_what_pip_is_told():
	listed = r"""
:env:.cert='/etc/from-the-environment.pem'
global.cert='/etc/from-a-file.pem'
global.extra-index-url='\nhttps://one.example/simple\nhttps://two.example/simple'
global.find-links='/wheels /more'
global.index-url='https://index.example/simple'
global.no-color='1'
install.timeout='60'
"""
	assert python_environment.pip_settings(listed) == {
		"SSL_CERT_FILE": "/etc/from-the-environment.pem",
		"UV_DEFAULT_INDEX": "https://index.example/simple",
		"UV_FIND_LINKS": "/wheels,/more",
		"UV_HTTP_TIMEOUT": "60",
		"UV_INDEX": "https://one.example/simple https://two.example/simple",
	}


def test_a_service_that_does_not_start_is_named_with_its_log(tmp_path):
	with pytest.raises(services.ServiceFailed, match="broken did not start; see .*broken.log"):
		services.start("broken", ["false"], 1, tmp_path / "broken.log", {})


def test_a_half_made_site_is_never_taken_for_a_whole_one(bench, stack):
	"""The making mark alone decides, whatever the site's folder holds already."""
	assert site.is_made(bench)
	mark = site.making_mark(bench)
	mark.touch()
	try:
		assert not site.is_made(bench)
	finally:
		mark.unlink()


def test_each_service_carries_the_mark_by_which_the_next_run_stops_it():
	run = os.environ[children.MARK]
	services_of = {Path(run, name): None for name in ("redis-cache", "redis-queue", "mariadb")}
	for process in Path("/proc").glob("[0-9]*"):
		with suppress(OSError):
			place = process.joinpath("cwd").readlink()
			if place in services_of:
				services_of[place] = process.joinpath("environ").read_bytes().split(b"\0")
	for place, environment in services_of.items():
		assert f"{children.MARK}={run}".encode() in (environment or ()), place


@pytest.mark.drill
def test_killed_anywhere_the_next_start_finishes_the_job(tmp_path):
	"""Clones the repository, kills its start with SIGKILL at three moments, and then lets it finish. Minutes."""
	clone = tmp_path / "clone"
	subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
	environment = {
		name: value
		for name, value in os.environ.items()
		if not name.startswith(("HOT_", "FRAPPE_", "PYTHON"))
	}
	environment["HOT_PORTS_SHIFT"] = "700"

	def start():
		return subprocess.Popen(
			["make", "start"],
			cwd=clone,
			start_new_session=True,
			env=environment,
			stdout=subprocess.PIPE,
			stderr=subprocess.STDOUT,
			text=True,
		)

	def read_until(process, mark):
		said = ""
		for line in process.stdout:
			said += line
			if line.strip().startswith(mark):
				return said
		pytest.fail(f"make start ended before {mark!r}:\n{said}")

	# (what it had said, seconds after that): during uv and npm, the asset build, and the making of the site.
	for mark, seconds in (("python environment", 3), ("npm packages", 1), ("python packages", 6)):
		process = start()
		read_until(process, mark)
		time.sleep(seconds)
		os.killpg(process.pid, signal.SIGKILL)
		process.wait()
	process = start()
	try:
		read_until(process, "Ctrl-C stops everything")
	finally:
		process.terminate()
		process.wait(60)
