"""Accounts and roles that no mail can reach."""

import frappe
from frappe import _

from hot_rutin.access.policy import ADMINISTRATOR, DIRECTOR, STRATEGIST
from hot_rutin.case.people import People
from hot_rutin.reminders import mails


def unreachable() -> list[str]:
	"""Return what keeps people of the routine from being reached: accounts on duty that are off or have no address, and
	roles that nobody holds. Names of accounts and roles, in Swedish; no case."""
	people, found = People(), []
	# get_all: for the administrator, who keeps these registers.
	on_duty = frappe.get_all(
		"Party Officer",
		filters={"from_date": ("<=", frappe.utils.today()), "parenttype": "Political Party"},
		or_filters=[["to_date", "is", "not set"], ["to_date", ">=", frappe.utils.today()]],
		pluck="user",
	)
	on_duty += frappe.get_all(
		"Elected Representative", filters={"is_active": 1, "user": ("is", "set")}, pluck="user"
	)
	found += [user for user in sorted(set(on_duty)) if not people.account(user)]
	for role in (STRATEGIST, DIRECTOR):
		if not any(people.account(user) for user in people.who(role, None)):
			found.append(frappe._(role, lang="sv"))
	return found


def tell_of_unreachable_people() -> None:
	"""Tell the administrators, every day until it is mended, which accounts and roles no mail can reach. Names no case."""
	found = unreachable()
	people = People()
	for user in people.who(ADMINISTRATOR, None) if found else ():
		account = people.account(user)
		if account:
			mails.queue(
				account,
				_("People of the routine cannot be reached", account.language),
				[
					_(
						"No reminder reaches these accounts or roles. Whoever is next in line gets it instead:",
						account.language,
					),
					*found,
				],
			)
