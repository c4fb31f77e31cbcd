"""The log of who was let in: every change of who may read cases is noted, and told to strategists and auditors."""

import frappe
from frappe import _
from frappe.utils import cstr, now_datetime

from hot_rutin.access.policy import (
	AUDITOR,
	OFFICER,
	ROLES,
	STRATEGIST,
)
from hot_rutin.accounts.sessions import end_other_sessions
from hot_rutin.case.people import People, signature
from hot_rutin.case.validation import LONGEST_PASSWORD, check_length, in_whole_seconds
from hot_rutin.reminders import mails

# Whoever keeps accounts gives the others, and an auditor reads who reads which case.
TOLD_ROLES = {*ROLES, "System Manager"}
PARTS_OF_A_NAME = ("first_name", "middle_name", "last_name")
# What keeps somebody out.
LIMITS = ("restrict_ip", "login_after", "login_before", "bypass_restrict_ip_check_if_2fa_enabled")


def note_roles(user, _method=None) -> None:
	"""`User` hook: log each role of the routine, and the one that gives them, that was given or taken, and the ways in that
	`note_new_secrets` has found, and tell strategists and auditors: when all is stored, so that one stands or falls with the other."""
	for way in user.flags.pop("ways_in", ()):
		note(user.name, way, and_to=user.name)
	# A mail of welcome reads a new account back as if it had been there before.
	before = None if user.flags.in_insert else user.get_doc_before_save()
	had = {row.role for row in before.roles} if before and before.enabled else set()
	# As it is stored: a request may say "0", or one row twice.
	enabled = frappe.db.get_value("User", user.name, "enabled")
	stored = {"parent": user.name, "parenttype": "User"}
	# get_all: whoever changes it, what it has become is noted.
	has = set(frappe.get_all("Has Role", stored, pluck="role")) if enabled else set()
	for role in sorted((has - had) & TOLD_ROLES):
		note(user.name, _("Was given the role {0}", lang="sv").format(_(role, lang="sv")))
	# The framework gives each account one with itself.
	elsewhere = any(row.provider != "frappe" for row in user.social_logins)
	if (has - had) & TOLD_ROLES and (user.api_key or user.api_secret or elsewhere):
		# Made before, by somebody who may still hold it.
		note(
			user.name,
			_("Had an API key, or an account elsewhere to sign in with, already", lang="sv"),
			and_to=user.name,
		)
	for role in sorted((had - has) & TOLD_ROLES):
		note(user.name, _("Lost the role {0}", lang="sv").format(_(role, lang="sv")))


def note_new_secrets(user, _method=None) -> None:
	"""`User` hook: log, and tell, where a new way into an account is made: a password, an API key, or an account elsewhere that
	signs in to it; or its owner is kept out, or called otherwise. Whatever its roles: they may come later.

	Raises `frappe.PermissionError` where a session sets its own password without the old one, or its own name.
	"""
	check_length(user.new_password or "", _("New Password"), LONGEST_PASSWORD)
	is_own = frappe.request and frappe.session.user == user.name
	if is_own and user.new_password:
		frappe.throw(
			_("Choose a new password at {0}, where the old one is asked for.").format("/update-password"),
			frappe.PermissionError,
		)
	# A mail that is sent at once commits on the way, as ending a session does: what is logged later could be missing.
	user.flags.delay_emails = True
	if user.new_password and user.logout_all_sessions:
		# Frappe would commit on the way, and keep the rest if what logs it were to fail.
		user.logout_all_sessions = 0
		end_other_sessions(user.name)
	if frappe.flags.in_install:
		return
	before, ways = user.get_doc_before_save(), []
	renamed = before and any(cstr(user.get(name)) != cstr(before.get(name)) for name in PARTS_OF_A_NAME)
	if renamed and is_own and "System Manager" not in frappe.get_roles():
		frappe.throw(_("Your name is for the administrator of accounts to change."), frappe.PermissionError)
	user.flags.ways_in = ways
	if cstr(user.api_key) != cstr(before and before.api_key) or (
		# What is stored is shown as stars.
		user.api_secret and user.api_secret.strip("*")
	):
		ways.append(_("Was given a new API key", lang="sv"))
	if user.is_new():
		return  # that somebody has made it is told with its first role
	# The key in a mail sets a password as well.
	if user.new_password or (before and cstr(user.reset_password_key) != cstr(before.reset_password_key)):
		ways.append(_("Was given a new password", lang="sv"))
	if renamed:
		ways.append(_("Is no longer called {0}", lang="sv").format(before.full_name))
	for fields, way in (
		# A code for the second factor may go to either.
		(("mobile_no", "phone"), _("Was given another telephone number", lang="sv")),
		(("time_zone",), _("Was given another time zone", lang="sv")),
		(LIMITS, _("May sign in from other addresses, or at other hours, than before", lang="sv")),
	):
		if before and any(cstr(user.get(field) or "") != cstr(before.get(field) or "") for field in fields):
			ways.append(way)
	had, has = (
		{(row.provider, row.userid) for row in (doc.social_logins if doc else [])} for doc in (before, user)
	)
	# Whoever signs in from elsewhere for the first time is still a guest.
	if has - had and frappe.session.user != "Guest":
		ways.append(_("Was given an account elsewhere to sign in with", lang="sv"))


def note_officers(party) -> None:
	"""Log each change of a party's officers and deputies, and tell strategists and auditors."""
	before = party.get_doc_before_save()
	had = {_duty(row) for row in (before.officers if before else [])}
	# get_all: whoever changes it, what it has become is noted, as it is stored.
	stored = frappe.get_all(
		"Party Officer", {"parent": party.name}, ["user", "is_deputy", "from_date", "to_date"]
	)
	has = set(map(_duty, stored))
	for user, duty in sorted(has - had):
		note(user, _("Serves {0} as {1}", lang="sv").format(party.name, duty))
	for user, duty in sorted(had - has):
		note(user, _("No longer serves {0} as {1}", lang="sv").format(party.name, duty))


def _duty(row):
	kind = _("Deputy", lang="sv") if row.is_deputy else _(OFFICER, lang="sv")
	return row.user, f"{kind} {row.from_date}–{row.to_date or ''}"


def note(user: str, change: str, and_to: str | None = None) -> None:
	"""Log one change of who may read cases, and queue the mail about it: to strategists, auditors and `and_to`."""
	by = frappe.session.user or "Guest"  # nobody yet, while somebody signs in
	frappe.get_doc(
		{
			"doctype": "Access Change",
			"changed_on": in_whole_seconds(now_datetime()),
			"changed_by": signature(by),
			"user": user,
			"change": change,
		}
	).insert(ignore_permissions=True)  # nobody may write the log; the change does
	if frappe.flags.in_install:
		return
	people = People()
	message = _("{0}: {1}. Changed by {2}.", lang="sv").format(signature(user), change, signature(by))
	for told in dict.fromkeys(
		[*people.who(STRATEGIST, None), *people.who(AUDITOR, None), *([and_to] if and_to else [])]
	):
		if told == user != and_to or not people.account(told):
			continue
		frappe.db.savepoint("telling")
		try:
			mails.queue(people.account(told), _("Who may read cases has changed", lang="sv"), [message])
		except Exception:
			# Whatever keeps one from being told, the log stands, and the others are told.
			frappe.db.rollback(save_point="telling")
			frappe.log_error(title="A change of who may read cases could not be mailed")
