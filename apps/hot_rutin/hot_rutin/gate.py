"""The one door to the cases: every request passes here before the framework acts on it.

The framework has some hundreds of methods that take a DocType or a name, and checks in each its own way. So the
routine's documents are denied by default: a request that names one of our DocTypes must use a channel that is known to
hold the permissions (`CHANNELS`), and a request that names a case must come from somebody who may read that case. The
refusal is the same whether the case exists or not.

Here, too, reading is logged: before the framework answers, so that the row stands even if the answer fails.
"""

import json
import re

import frappe
from frappe import _

from hot_rutin import access_log, files, reading
from hot_rutin.access import READERS, may_read
from hot_rutin.accounts import SETTING_PASSWORD
from hot_rutin.channels import ASKED_AS_A_USER, REPORTS
from hot_rutin.names import DOCUMENT_OF
from hot_rutin.own_code import KEPT, refuse_deletion
from hot_rutin.plausibility import LONGEST_COMMENT, LONGEST_PASSWORD, check_length
from hot_rutin.request import OURS, Request

# The desk's own pages run scripts that stand in them.
HELD = "; ".join(
	(
		"default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:",
		"base-uri 'self'",
		"form-action 'self'",
		"frame-ancestors 'self'",
		"object-src 'none'",
	)
)
# What a client may ask of any method: to pass over user permissions, and all conditions with them; for the query, with the
# conditions in it; or for linked documents, unchecked.
NOT_TAKEN = ("ignore_user_permissions", "debug", "run", "expand", "expand_links")
# What the framework tells of its own insides, and how a message that quotes the database or a traceback shows.
INTERNAL = ("exc", "_exc_source", "exception", "_error_message", "_debug_messages")
QUOTES_INSIDES = re.compile(r"`tab|Traceback \(most|\(\d{4}, \\*[\"']")
# Not everybody who may read may do this: it logs what it has given.
LOGS_ITSELF = {"hot_rutin.paper.export_case"}


def check_request() -> None:
	"""`auth_hooks`: refuse what goes another way than `CHANNELS`, or to a case that is not the person's. Log the reading.

	Raises `frappe.PermissionError`, in the same words for a case that does not exist.
	"""
	request = Request()
	if request.is_page and not (request.leads_elsewhere or request.holds_markup_in_its_address):
		return
	if request.parts[0] == "printview":
		frappe.form_dict.pop("key", None)  # for guests, and drawn as it is
	named_doctypes = {OURS[word] for word in request.words if word in OURS}
	if (
		request.is_closed
		or request.is_misshapen
		or request.carries_a_query
		or (named_doctypes and not request.is_known_channel(named_doctypes))
		or (request.names_traces and not request.is_known_to_hold_traces)
	):
		# Said without a look at any case, so it is the same for all.
		frappe.throw(
			_("This function is not used here: only what the routine needs is switched on."),
			frappe.PermissionError,
			title=_("Not Used Here"),
		)
	check_length(str(frappe.form_dict.get("content") or ""), _("Comment"), LONGEST_COMMENT)
	check_length(str(frappe.form_dict.get("new_password") or ""), _("New Password"), LONGEST_PASSWORD)
	if request.deletes and request.target in KEPT:
		# The framework would take an account's password away, and end its sessions, before it asks.
		refuse_deletion()
	if named_doctypes and holds_a_share(named_doctypes):
		refuse()
	for parameter in NOT_TAKEN:
		frappe.form_dict.pop(parameter, None)
	if request.method in ASKED_AS_A_USER:
		frappe.form_dict.pop("user", None)
	if request.method == "frappe.desk.doctype.event.event.get_events":
		frappe.form_dict.pop("filters", None)  # would be formatted into the query
	if request.method == "frappe.desk.doctype.notification_settings.notification_settings.set_seen_value":
		frappe.form_dict.user = frappe.session.user
	if request.method == SETTING_PASSWORD:
		# Would commit the password before it is noted (see `accounts.end_other_sessions`).
		frappe.form_dict.pop("logout_all_sessions", None)
	if request.method in REPORTS:
		frappe.form_dict.ignore_prepared_report = "1"  # which was stored for somebody else
	if not reading.name_the_rows(request):
		refuse()
	frappe.flags.asked = request
	names = request.names_of_documents()
	if request.is_about_codes and not named_doctypes.intersection(READERS):
		names = set()  # these hold the code of a case that their reader may not open, and their own rules
	readable = {name for name in names if may_read(DOCUMENT_OF[name[0]], name)}
	# A police report names its case, which the director may not open: of what is only mentioned, one readable document of a
	# case is enough to pass here.
	foreign = {access_log.case_of(name) for name in names} - {access_log.case_of(name) for name in readable}
	# A file's name that was guessed is neither confirmed nor denied: both are refused by this one line.
	if (
		foreign
		or request.asks_for_a_file_that_is_not_there
		or request.documents_of_files - readable
		or request.asks_for_what_is_not_there(readable)
		or (request.is_about_a_register and frappe.session.user == "Administrator")
	):
		refuse()
	if request.attaches_from_a_case:
		frappe.throw(_("A case's file stays with its case."), frappe.PermissionError)
	if request.method == "upload_file":
		files.check_upload(request.target)
	if request.method not in LOGS_ITSELF:
		access_log.record(readable, request.way)
		request.logged = readable


def refuse() -> None:
	"""Raise the one refusal that tells nothing."""
	frappe.throw(
		_("You have no access to this case, or not any more. Nothing was saved."),
		frappe.PermissionError,
		title=_("No Access"),
	)


def hold_pages(response=None, request=None) -> None:
	"""`after_request` hook: let no page load from, or send to, anywhere but this system, whatever stands in it, and let browsers
	and what stands between keep nothing: access may end today."""
	if response:
		response.headers["Content-Security-Policy"] = HELD
		response.headers["Cache-Control"] = "no-store"


def redact(response=None, request=None) -> None:
	"""`after_request` hook: let no answer, of any status, carry a query, a traceback or another message from the inside."""
	told = response.get_json(silent=True) if response and response.is_json else None
	if not isinstance(told, dict):
		return
	kept = {key: value for key, value in told.items() if key not in INTERNAL}
	if "_server_messages" in kept:
		messages = [text for text in json.loads(kept["_server_messages"]) if not QUOTES_INSIDES.search(text)]
		kept["_server_messages"] = json.dumps(messages)
	if kept != told:
		response.set_data(json.dumps(kept))


def holds_a_share(doctypes: set[str]) -> bool:
	"""Return whether any document of `doctypes` is shared with the signed-in user, or with everybody.

	Nobody can share one here. A share that is there all the same opens no document, but the framework lists by it past our
	conditions, and its errors tell the names.
	"""
	# Raw SQL: asked at nearly every request, and the answer is yes or no.
	return bool(
		frappe.db.sql(
			"select 1 from `tabDocShare` where share_doctype in %s and (user = %s or everyone = 1) limit 1",
			(tuple(doctypes), frappe.session.user),
		)
	)
