"""The demo municipality: plainly fictitious people, and cases in every state.

`make` is run once for a new demo site. The people act as themselves, through the same rules as anybody else.
"""

import json
import os
import secrets
from contextlib import contextmanager
from unittest.mock import patch

import frappe
from frappe.core.doctype.user import user as user_controller

from hot_rutin.access.policy import (
	ADMINISTRATOR,
	AUDITOR,
	DIRECTOR,
	EXPOSED,
	MANAGER,
	OFFICER,
	PROXY,
	STRATEGIST,
)

DOMAIN = "havsvik.example"

# Party -> (officer, deputy, representatives)
PARTIES = {
	"Fyrpartiet": ("Fina Fyrvakt", "Frans Fyrvikarie", ("Folke Fyrlund", "Frida Fyrberg", "Filip Fyrman")),
	"Måslistan": ("Mona Måsvakt", "Melker Måsvikarie", ("Maja Måslund", "Malte Måsberg", "Mira Måsman")),
	"Vågorna": ("Vera Vågvakt", "Viggo Vågvikarie", ("Vilja Våglund", "Vidar Vågberg")),
}
MUNICIPALITY = {
	"Stina Strateg": STRATEGIST,
	"Kim Kommunchef": DIRECTOR,
	"Chris Chef": MANAGER,
	"Rut Rutin": ADMINISTRATOR,
	"Gun Granskare": AUDITOR,
}
SYSTEM_MANAGER = "Sam System"
# The proxy, and the representative who has chosen them.
PROXY_NAME, PROXY_OF = "Ove Ombud", "Folke Fyrlund"


def make() -> None:
	"""Make the demo municipality on this site and write its accounts to `demo_accounts.json` (mode 0600)."""
	with caches_kept():
		accounts = make_people()
	from hot_rutin.demo import cases, past

	past.make()
	cases.make()
	frappe.db.commit()
	write_accounts(accounts)


@contextmanager
def caches_kept():
	"""Keep Frappe from emptying all caches with each account that is saved, so that every next one reads all DocTypes anew.

	It does so where it notes whose mailbox waits for a password: nobody's here, and it is noted once in the end.
	"""
	note = user_controller.ask_pass_update
	with patch.object(user_controller, "ask_pass_update"):
		yield
	note()


def make_people() -> list[dict]:
	"""Make parties, people and their accounts; return the accounts with their new random passwords."""
	# First: Frappe makes the first account a system manager, and no other shall be one.
	accounts = [make_user(SYSTEM_MANAGER, ["System Manager"])]
	accounts += [make_user(name, [role]) for name, role in MUNICIPALITY.items()]
	accounts.append(make_user(PROXY_NAME, [PROXY]))
	for party, (officer, deputy, representatives) in PARTIES.items():
		accounts += [make_user(officer, [OFFICER], party), make_user(deputy, [OFFICER], party)]
		frappe.get_doc(
			{
				"doctype": "Political Party",
				"party_name": party,
				"officers": [
					{"user": user_of(officer), "from_date": "2020-01-01"},
					{"user": user_of(deputy), "from_date": "2020-01-01", "is_deputy": 1},
				],
			}
		).insert(ignore_permissions=True)  # demo data, made at installation
		for name in representatives:
			accounts.append(make_user(name, [EXPOSED], party))
			make_representative(name, party)
	settings = frappe.get_single("Hot Rutin Settings")
	settings.update({"strategist_phone": "0700-000001", "health_service_phone": "0700-000002"})
	settings.save(ignore_permissions=True)  # demo data, made at installation
	return accounts


def make_user(name: str, roles: list[str], party: str | None = None) -> dict:
	"""Make an account that lands in Swedish on its own workspace; return it as written to `demo_accounts.json`."""
	first, last = name.split(" ", 1)
	password = secrets.token_urlsafe(12)
	frappe.get_doc(
		{
			"doctype": "User",
			"email": user_of(name),
			"first_name": first,
			"last_name": last,
			"language": "sv",
			"time_zone": "Europe/Stockholm",
			"send_welcome_email": 0,
			"new_password": password,
			"roles": [{"role": role} for role in roles],
		}
	).insert(ignore_permissions=True)  # demo data, made at installation
	return {"user": user_of(name), "password": password, "name": name, "roles": roles, "party": party}


def make_representative(name: str, party: str) -> None:
	"""Make the elected representative whose account is `user_of(name)`."""
	proxies = [{"user": user_of(PROXY_NAME), "from_date": "2020-01-01"}] if name == PROXY_OF else []
	frappe.get_doc(
		{
			"doctype": "Elected Representative",
			"full_name": name,
			"party": party,
			"user": user_of(name),
			"phone": "0700-000000",
			"proxies": proxies,
		}
	).insert(ignore_permissions=True)  # demo data, made at installation


def user_of(name: str) -> str:
	"""Return the account (e-mail address in a reserved domain) of a demo person."""
	plain = name.lower().translate(str.maketrans("åäö", "aao")).replace(" ", ".")
	return f"{plain}@{DOMAIN}"


def write_accounts(accounts: list[dict]) -> None:
	"""Write the accounts beside the site's data, readable by the one who runs the demo only."""
	path = frappe.get_site_path("demo_accounts.json")
	temporary = f"{path}.new"
	with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
		json.dump(accounts, file, ensure_ascii=False, indent=1)
	os.replace(temporary, path)
