"""What leaves: answers that browsers keep nothing of, that show no inner working, and whose reading is logged before they go."""

import json
import re

import frappe
from frappe import _

from hot_rutin.access.policy import CODE, DOCUMENT_OF, PARENTS, READERS, SHADOWS
from hot_rutin.access.reading_log import log_readable
from hot_rutin.accounts.sign_in import remember_states
from hot_rutin.case.markup import show_as_text
from hot_rutin.door.sessions import keep_session

HEADERS = {
	# The desk's own pages run scripts that stand in them.
	"Content-Security-Policy": (
		"default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; base-uri 'self'; form-action 'self'; frame-ancestors 'self';"
		" object-src 'none'"
	),
	# What stands between keeps nothing, nor do browsers: access may end today.
	"Cache-Control": "no-store",
}
CODES = re.compile(rf"\"((?:{'|'.join(DOCUMENT_OF)})-{CODE}(?:-\d+)?)\"")
# What the framework says of its inner working.
INNER = ("exc", "exception", "_error_message", "_debug_messages")


def complete(response=None, request=None) -> None:
	"""`after_request` hook: what cannot be logged is not answered, and no answer is without these headers."""
	if not response:
		return
	try:
		asked = frappe.flags.asked
		if response.status_code < 400 and asked:
			log_shown(response, asked.parameters.target)
			if asked.endpoint.drawn and asked.parameters.target in (*READERS, *PARENTS):
				show_as_text(response, asked.endpoint.drawn)
		keep_session()
		if request.path == "/login":
			remember_states(response)
		redact(response)
	except Exception:
		# Whatever it was: the framework would swallow it here, and answer.
		frappe.logger("door").exception("The reading could not be logged")
		response.status_code = 500
		response.set_data("{}")
		response.content_type = "application/json"
	response.headers.update(HEADERS)


def log_shown(response, target: str | None) -> None:
	"""Log the cases that an answer holds and the request did not name, as lists do."""
	if not frappe.flags.reading:
		return
	shown = frappe.flags.pop("shown_in_report", None) or set()
	if response.is_json and target in (*READERS, *SHADOWS):
		found = CODES.findall(response.get_data(as_text=True))
		shown |= {code for code in found if target in (DOCUMENT_OF[code[0]], *SHADOWS)}
	log_readable(shown, frappe.flags.reading.way)


def redact(response) -> None:
	"""Take out of an answer what the framework says of its inner working: queries, tracebacks, messages of the database."""
	if not hasattr(frappe.local, "http_request") and response.status_code >= 500:
		response.status_code = 400  # not even read: a body that is none
	told = response.get_json(silent=True) if response.is_json else None
	if not isinstance(told, dict) or (response.status_code < 400 and told.keys().isdisjoint(INNER)):
		return
	told = {key: value for key, value in told.items() if key not in INNER}
	if response.status_code >= 500:
		message = _("This could not be done, and nothing was saved. Try again later.")
		shown = json.dumps({"message": message, "indicator": "red"})
		told = {"exc_type": "ServerError", "_server_messages": json.dumps([shown])}
	response.set_data(json.dumps(told))
