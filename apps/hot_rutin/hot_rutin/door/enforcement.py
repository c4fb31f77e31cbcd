"""The one way in: a request is looked up, parsed, judged, and logged before it is answered; what was judged takes its place."""

from contextlib import suppress
from time import time

import frappe
from frappe import _
from pydantic import ValidationError
from redis.exceptions import ConnectionError

from hot_rutin.access.documents import check_documents, documents_of_list
from hot_rutin.access.reading_log import record
from hot_rutin.case import validation
from hot_rutin.case.markup import as_stored_parameters
from hot_rutin.door import parsing
from hot_rutin.door.endpoints import ENDPOINTS

# Characters that may be sent at once, files apart: all of it is parsed.
LONGEST, LONGEST_OF_GUESTS = 2_000_000, 10_000
TYPED = {
	("content",): ("Comment", validation.LONGEST_COMMENT),
	("new_password",): ("New Password", validation.LONGEST_PASSWORD),
}


def check_request() -> None:
	"""`auth_hooks`: refuse what is no endpoint, does not fit its schema, or is about what the person may not read. Log the reading.

	Raises `frappe.PermissionError`, in the same words for a document that does not exist.
	"""
	is_guest = frappe.session.user in ("Guest", None)
	body = 0 if frappe.request.form or frappe.request.files else frappe.request.content_length or 0
	if max(body, len(repr(frappe.form_dict))) > (LONGEST_OF_GUESTS if is_guest else LONGEST):
		frappe.throw(_("This is too much at once. Attach long texts as files."))
	try:
		call = parsing.read_call()
		if not call.endpoint.startswith(("page ", "resource ")):
			call = call._replace(parameters=as_stored_parameters(call.parameters))
	except (ValueError, RecursionError):
		call = parsing.Call("", {})
	endpoint = ENDPOINTS.get(call.endpoint)
	if is_guest and not (endpoint and endpoint.guests):
		frappe.throw(_("Sign in first."), frappe.PermissionError, title=_("No Access"))
	if is_guest and not call.endpoint.startswith("page "):
		limit_guests(call.endpoint, endpoint.guests)
	if not endpoint or frappe.request.method not in endpoint.verbs:
		not_used(call.endpoint or frappe.request.path)
	try:
		asked = endpoint.schema.model_validate(call.parameters)
	except ValidationError as error:
		not_used(call.endpoint, error.errors())
	frappe.flags.asked = frappe._dict(endpoint=endpoint, parameters=asked)
	shown = check_documents(asked.documents(), asked.target, asked.mentioned())
	if endpoint.way:
		frappe.flags.reading = frappe._dict(way=endpoint.way, logged=set(), request=None)
		if endpoint.way == "Export" or asked.counts_by_texts:
			shown |= documents_of_list(asked.target, *asked.conditions())
		record(shown, endpoint.way)
	parsing.replace_request(call, asked.forwarded())


def limit_guests(endpoint: str, a_minute: int) -> None:
	"""Raise `frappe.TooManyRequestsError` where visitors who have not signed in have called an endpoint from one address, which may
	be a whole municipality's, as often as they may in this minute."""
	# The address that the nearest proxy has seen: those before it are what the client says.
	key = frappe.cache.make_key(f"guests|{endpoint}|{frappe.request.access_route[-1:]}|{int(time() // 60)}")
	with suppress(ConnectionError):  # Redis may be down for a moment
		calls = frappe.cache.incr(key)
		frappe.cache.expire(key, 60)
		if calls > (frappe.conf.hot_rutin_guest_calls or {}).get(endpoint, a_minute):
			message = _("That was too often. Wait a minute and try again.")
			frappe.throw(message, frappe.TooManyRequestsError, title=_("Too Often"))


def not_used(what: str, unfit: list[dict] = ()) -> None:
	"""Refuse what is no endpoint or does not fit, said without a look at any case, so it is the same for all; and name it in the
	server's log. Raises `frappe.PermissionError`; `frappe.ValidationError` for a text that a person has typed too long."""
	told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}"[:200] for one in unfit)
	frappe.logger("door").error(f"{frappe.request.method} {what[:200]} refused {told}")
	for one in unfit:
		label, longest = TYPED.get(one["loc"], (None, None))
		if label and isinstance(one["input"], str):
			validation.check_length(one["input"], _(label), longest)
	message = _("This function is not used here: only what the routine needs is switched on.")
	names = dict.fromkeys(str(one["loc"][0]) for one in unfit if one["loc"])
	if names := ", ".join(name[:50] for name in names if name.isidentifier()):
		message = f"{message} {_('What does not fit: {0}.').format(names)}"
	frappe.throw(message, frappe.PermissionError, title=_("Not Used Here"))
