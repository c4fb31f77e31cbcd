"""Signing in: methods of the framework that tell or change too much. Each is called in the place of the one that it is named for."""

import frappe
from frappe import _
from frappe.rate_limiter import rate_limit
from frappe.utils.password import get_password_reset_limit

from hot_rutin.accounts import changes


@frappe.whitelist()
def reset_otp_secret(user: str) -> None:
	"""`frappe.twofactor.reset_otp_secret` takes somebody's second factor away unseen. Here it is logged and told."""
	from frappe.twofactor import reset_otp_secret as stock

	if user != frappe.session.user:
		frappe.only_for("System Manager", message=True)
	stock(user)
	changes.note(user, _("Must set up the second factor anew", lang="sv"), and_to=user)


# By POST only: Frappe limits no other.
@frappe.whitelist(allow_guest=True, methods=["POST"])
@rate_limit(limit=get_password_reset_limit, seconds=24 * 60 * 60)
def reset_password(user: str) -> None:
	"""`frappe.core.doctype.user.user.reset_password` tells a guest which accounts there are, and which are switched off.

	Here the mail leaves from a job, which decides whether there is one: neither the answer nor its time tells.
	"""
	frappe.enqueue("hot_rutin.accounts.sign_in.mail_link_to_new_password", queue="short", account=user[:140])
	frappe.msgprint(
		_("If there is an account with this address, a link to choose a new password is on its way there."),
		title=_("Look in Your Mail"),
	)
