"""The one way in: every request is looked up, parsed, judged and logged, and what was judged takes its place.

Here, too, reading is logged: before the framework answers, so that the row stands even if the answer fails.
"""

from contextlib import suppress
from time import time

import frappe
from frappe import _
from pydantic import ValidationError
from redis.exceptions import ConnectionError

from hot_rutin.access.conditions import readable, refuse
from hot_rutin.access.policy import DOCUMENT_OF, GUARDED_DOCTYPES, PERSONAL, READERS, SHADOWS
from hot_rutin.access.reading_log import record
from hot_rutin.door import parsing
from hot_rutin.door.endpoints import ENDPOINTS, Endpoint
from hot_rutin.door.markup import as_stored_parameters
from hot_rutin.door.schemas import Schema
from hot_rutin.door.values import is_system_manager
from hot_rutin.plausibility import check_length

# Characters that may be sent at once, files apart: all of it is parsed.
LONGEST, LONGEST_OF_GUESTS = 2_000_000, 10_000


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
		if call and not call.endpoint.startswith(("page ", "resource ")):
			call.parameters = as_stored_parameters(call.parameters)
	except ValueError:
		call = None
	endpoint = ENDPOINTS.get(call.endpoint) if call else None
	if is_guest and not (endpoint and endpoint.guests):
		frappe.throw(_("Sign in first."), frappe.PermissionError, title=_("No Access"))
	if is_guest and not call.endpoint.startswith("page "):
		limit_guests(call.endpoint, endpoint.guests)
	if not endpoint or frappe.request.method not in endpoint.verbs:
		not_used(call.endpoint if call else frappe.request.path)
	if endpoint.role and endpoint.role not in frappe.get_roles():
		refuse()
	try:
		asked = endpoint.schema.model_validate(call.parameters)
	except ValidationError as error:
		not_used(call.endpoint, error.errors())
	frappe.flags.asked = frappe._dict(endpoint=endpoint, parameters=asked)
	shown = check_documents(asked)
	if endpoint.way:
		frappe.flags.reading = frappe._dict(way=endpoint.way, logged=set(), request=None)
		record(shown | unnamed(asked, endpoint), endpoint.way)
	parsing.replace_request(call, asked.forwarded())


def limit_guests(endpoint: str, a_minute: int) -> None:
	"""Raise `frappe.TooManyRequestsError` where visitors who have not signed in have called an endpoint from one address, which may
	be a whole municipality's, as often as they may in this minute."""
	limit = (frappe.conf.hot_rutin_guest_calls or {}).get(endpoint, a_minute)
	# The address that the nearest proxy has seen: those before it are what the client says.
	key = frappe.cache.make_key(f"guests|{endpoint}|{frappe.request.access_route[-1:]}|{int(time() // 60)}")
	with suppress(ConnectionError):  # Redis may be down for a moment
		calls = frappe.cache.incr(key)
		frappe.cache.expire(key, 60)
		if calls > limit:
			message = _("That was too often. Wait a minute and try again.")
			frappe.throw(message, frappe.TooManyRequestsError, title=_("Too Often"))


def not_used(what: str, unfit: list[dict] = ()) -> None:
	"""Refuse what is no endpoint or does not fit, said without a look at any case, so it is the same for all; and name it in the
	server's log. Raises `frappe.PermissionError`; `frappe.ValidationError` for a text that a person has typed too long."""
	named = [str(one["loc"][0])[:50] if one["loc"] else "" for one in unfit]
	told = "; ".join(
		f"{name}: {one['msg'].removeprefix('Value error, ')}"[:200]
		for name, one in zip(named, unfit, strict=True)
	)
	frappe.logger("door").error(f"{frappe.request.method} {what[:200]} refused {told}")
	for one in unfit:
		if one["loc"][:1] in (("content",), ("new_password",)) and one["type"] == "string_too_long":
			check_length(one["input"], _(frappe.unscrub(one["loc"][0])), one["ctx"]["max_length"])
	message = _("This function is not used here: only what the routine needs is switched on.")
	names = ", ".join(dict.fromkeys(filter(None, named)))
	if names:
		message = f"{message} {_('What does not fit: {0}.').format(frappe.utils.escape_html(names))}"
	frappe.throw(message, frappe.PermissionError, title=_("Not Used Here"))


def check_documents(asked: Schema) -> set[str]:
	"""Return the names of the cases' documents that a request is about. Raises `frappe.PermissionError` for one that is not the
	reader's, and for one that is not there."""
	by_doctype, shown = {}, set()
	for doctype, name in asked.documents():
		by_doctype.setdefault(doctype, set()).add(name)
	guarded = {*by_doctype, asked.target}.intersection(GUARDED_DOCTYPES) - set(SHADOWS)
	if guarded and holds_a_share(guarded):
		refuse()
	for doctype, names in by_doctype.items():
		if doctype in GUARDED_DOCTYPES:
			shown |= _must_be_readable(doctype, names)
		if "" in names or not _are_one_s_own(doctype, names):
			refuse()
	for name in asked.mentioned():
		_must_be_readable(DOCUMENT_OF[name[0]], {name})
	return shown


def _must_be_readable(doctype, names):
	found = readable(doctype, names)
	if names - set(found):
		refuse()
	return {holder for kind, holder in found.values() if kind in READERS}


def _are_one_s_own(doctype, names):
	"""Whether rows that belong to an account are the reader's, and those that stand beside documents what the framework shows them."""
	field = PERSONAL.get(doctype)
	if field == "name":
		return names == {frappe.session.user} or is_system_manager()
	if field:
		return all(frappe.db.get_value(doctype, name, field) == frappe.session.user for name in names)
	return doctype not in SHADOWS or all(frappe.has_permission(doctype, "read", name) for name in names)


def unnamed(asked: Schema, endpoint: Endpoint) -> set[str]:
	"""Return the documents of cases that an answer tells of without naming them: counted for what stands in them, or exported."""
	target, is_told = asked.target, endpoint.way == "Export" or asked.counts_by_texts()
	if not is_told or target not in (*READERS, *SHADOWS):
		return set()
	kind, naming = SHADOWS.get(target, (None, "name"))
	fields = [f"{naming} as document", *([f"{kind} as kind"] if kind else [])]
	conditions = {key: getattr(asked, key, None) or [] for key in ("filters", "or_filters")}
	rows = frappe.get_list(target, fields=fields, limit_page_length=0, **conditions)
	return {row.document for row in rows if row.document and (not kind or row.kind in READERS)}


def holds_a_share(doctypes: set[str]) -> bool:
	"""Return whether any document of `doctypes` is shared with the signed-in user, or with everybody.

	Nobody can share one here. A share that is there all the same opens no document, but the framework lists by it past our
	conditions, and its errors tell the names.
	"""
	query = "select 1 from `tabDocShare` where share_doctype in %s and (user = %s or everyone = 1) limit 1"
	# Raw SQL: asked at nearly every request, and the answer is yes or no.
	return bool(frappe.db.sql(query, (tuple(doctypes), frappe.session.user)))
