"""What a request about cases costs beside one to stock Frappe, as ratios within one run, over HTTP.

The stock site is the second site of the tests with the framework alone on it, and a DocType of the shape of `Incident`.
Every run of the benchmarks gets its sites anew: what is done to that one stays nowhere.
"""

import json
import os
from contextlib import contextmanager
from pathlib import Path

import frappe
import requests
from bench_cases import (
	OFFICER,
	PARTY,
	PLAIN,
	in_turn,
	insert_plain,
	make_plain_doctype,
	print_ratio,
	values_of,
)

ASKED = 60
ROWS = 20
FIELDS = ["name", "docstatus", "modified", "next_action", "next_due", "exposed_name"]


def main():
	sites = os.environ["HOT_TEST_SITE_OF_EACH"].split()
	if len(sites) < 2:
		raise SystemExit("the stock site is the tests' second: set HOT_PROCESSES_TESTS=2")
	os.chdir(os.environ["HOT_TEST_SITES"])
	with connected(sites[0]):
		cases = frappe.get_all("Incident", {"party": PARTY}, pluck="name", limit=ROWS)
		documents = [values_of(frappe.get_doc("Incident", name)) for name in cases]
	with connected(sites[1]):
		make_plain_doctype()
		copies = [insert_plain(values).name for values in documents]
		frappe.db.set_global("installed_apps", json.dumps(["frappe"]))
		frappe.db.commit()
		frappe.clear_cache()
	ours, stock = (signed_in(site) for site in sites[:2])
	print_ratio(
		f"list of {ROWS} cases / of stock documents",
		*in_turn(ASKED, listing(ours, "Incident"), listing(stock, PLAIN)),
	)
	print_ratio(
		"load of a form / of a stock document",
		*in_turn(ASKED, form(ours, "Incident", cases[0]), form(stock, PLAIN, copies[0])),
	)


@contextmanager
def connected(site):
	frappe.init(site=site, sites_path=os.environ["HOT_TEST_SITES"])
	frappe.connect()
	try:
		yield
	finally:
		frappe.destroy()


def signed_in(site):
	"""ask(path, **parameters) as the officer, with the site's web server."""
	accounts = json.loads(Path(os.environ["HOT_TEST_SITES"], site, "demo_accounts.json").read_text())
	password = next(account["password"] for account in accounts if account["user"] == OFFICER)
	session = requests.Session()
	session.headers["Host"] = site
	address = os.environ["HOT_TEST_URL"].replace(os.environ["HOT_TEST_SITE"], "127.0.0.1")
	session.post(
		f"{address}/login", data={"cmd": "login", "usr": OFFICER, "pwd": password}
	).raise_for_status()

	def ask(called, **parameters):
		answer = session.get(f"{address}/api/method/{called}", params=parameters)
		answer.raise_for_status()
		return answer.json()

	return ask


def listing(ask, doctype):
	fields = [f"`tab{doctype}`.`{field}`" for field in FIELDS]
	asked = {"doctype": doctype, "fields": json.dumps(fields), "order_by": f"`tab{doctype}`.`modified` desc"}

	def once():
		answer = ask("frappe.desk.reportview.get", **asked, start=0, page_length=ROWS, view="List")
		assert len(answer["message"]["values"]) == ROWS

	return once


def form(ask, doctype, name):
	def once():
		answer = ask("frappe.desk.form.load.getdoc", doctype=doctype, name=name)
		assert answer["docs"][0]["name"] == name

	return once


if __name__ == "__main__":
	main()
