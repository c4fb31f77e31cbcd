"""The one way in: every request is looked up, parsed, judged and logged, and what was judged takes its place.

Here, too, reading is logged: before the framework answers, so that the row stands even if the answer fails.
"""

import frappe
from frappe import _
from pydantic import ValidationError

from hot_rutin.access.conditions import readable, refuse
from hot_rutin.access.document_guards import KEPT, refuse_deletion
from hot_rutin.access.policy import DOCUMENT_OF, GUARDED_DOCTYPES, PERSONAL, READERS, SHADOWS
from hot_rutin.access.reading_log import case_of, record
from hot_rutin.case import files
from hot_rutin.door import parsing, schemas
from hot_rutin.door.endpoints import ENDPOINTS
from hot_rutin.door.guests import limit_guests
from hot_rutin.door.markup import as_stored_parameters
from hot_rutin.door.values import is_system_manager

LOG = "door"
# Characters that may be sent at once, files apart: all of it is parsed.
LONGEST, LONGEST_OF_GUESTS = 2_000_000, 10_000
DELETING = ("resource DELETE", "frappe.client.delete", "frappe.desk.reportview.delete_items")


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
	if is_guest and not (endpoint and endpoint.for_guests):
		frappe.throw(_("Sign in first."), frappe.PermissionError, title=_("No Access"))
	if is_guest and not call.endpoint.startswith("page "):
		limit_guests(call.endpoint, endpoint.a_minute)
	if not endpoint or frappe.request.method not in endpoint.verbs:
		not_used(call.endpoint if call else frappe.request.path)
	if endpoint.roles and not set(endpoint.roles).intersection(frappe.get_roles()):
		refuse()
	try:
		asked = endpoint.schema.model_validate(call.parameters)
	except ValidationError as error:
		unfit = [(*one["loc"], one["msg"].removeprefix("Value error, ")) for one in error.errors()]
		not_used(call.endpoint, unfit)
	frappe.flags.asked = frappe._dict(endpoint=endpoint, parameters=asked)
	shown = check_documents(call.endpoint, asked)
	if endpoint.way:
		frappe.flags.reading = frappe._dict(way=endpoint.way, logged=set(), request=None)
		record(shown | counted(asked, endpoint), endpoint.way)
	parsing.replace_request(call, asked.forwarded())


def not_used(what: str, unfit: list[tuple] = ()) -> None:
	"""Refuse what is no endpoint or does not fit, said without a look at any case, so it is the same for all; and name it in the
	server's log. Raises `frappe.PermissionError`."""
	told = "; ".join(": ".join(map(str, one))[:200] for one in unfit)
	frappe.logger(LOG).error(f"{frappe.request.method} {what[:200]} refused {told}")
	message = _("This function is not used here: only what the routine needs is switched on.")
	names = ", ".join(dict.fromkeys(str(one[0])[:50] for one in unfit if len(one) > 1))
	if names:
		message = f"{message} {_('What does not fit: {0}.').format(frappe.utils.escape_html(names))}"
	frappe.throw(message, frappe.PermissionError, title=_("Not Used Here"))


def check_documents(endpoint: str, asked: schemas.Schema) -> set[str]:
	"""Return the names of the cases' documents that a request is about. Raises `frappe.PermissionError` for one that is not the
	reader's, and for one that is not there."""
	by_doctype, shown = {}, set()
	for doctype, name in asked.documents():
		by_doctype.setdefault(doctype, set()).add(name)
	guarded = {*by_doctype, asked.target}.intersection(GUARDED_DOCTYPES) - set(SHADOWS)
	if guarded and holds_a_share(guarded):
		refuse()
	if endpoint in DELETING and asked.target in KEPT:
		# The framework would take an account's password away, and end its sessions, before it asks.
		refuse_deletion()
	for doctype, names in by_doctype.items():
		if doctype in GUARDED_DOCTYPES:
			shown |= _must_be_readable(doctype, names)
		if "" in names or not _are_one_s_own(doctype, names):
			refuse()
	if isinstance(asked, schemas.Link) and guarded and frappe.session.user == "Administrator":
		refuse()  # whom the framework asks nothing
	if isinstance(asked, schemas.Link) and asked.doctype in READERS:
		shown |= set(readable(asked.doctype, [asked.forwarded()["docname"]]))
	if isinstance(asked, schemas.Written):
		_check_written(asked, shown)
	if isinstance(asked, schemas.Upload):
		asked.optimize = files.check_upload(asked.doctype)
	if ENDPOINTS[endpoint].way == "File":
		# get_all: whose file it is must be known, whoever asks; whether it is theirs is asked next.
		stored = frappe.get_all("File", {"file_url": asked.file_url}, ["name", "file_url"])
		names = {row.name for row in stored if row.file_url == asked.file_url}
		shown |= _must_be_readable("File", names)
		# A name that was guessed is neither confirmed nor denied.
		if not any(frappe.has_permission("File", "read", name) for name in names):
			refuse()
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


def _check_written(asked, shown):
	"""What a written document names must be the reader's too: the framework looks links up before it asks who wants to know."""
	if asked.is_new and asked.doctype in GUARDED_DOCTYPES and frappe.session.user == "Administrator":
		refuse()
	own = {case_of(name) for name in shown}
	for name in asked.mentioned():
		if case_of(name) not in own:
			_must_be_readable(DOCUMENT_OF[name[0]], {name})


def counted(asked: schemas.Schema, endpoint) -> set[str]:
	"""Return the documents of cases that an answer tells of without naming them: counted for what stands in them, or exported."""
	target, is_told = asked.target, endpoint.way == "Export" or getattr(asked, "counts_by_texts", False)
	if not is_told or target not in (*READERS, *SHADOWS):
		return set()
	kind, naming = SHADOWS.get(target, (None, "name"))
	fields = [f"{naming} as document", *([f"{kind} as kind"] if kind else [])]
	conditions = {"filters": asked.filters or [], "or_filters": asked.or_filters or []}
	rows = frappe.get_list(target, fields=fields, limit_page_length=0, **conditions)
	return {row.document for row in rows if row.document and (not kind or row.kind in READERS)}


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
