"""The policy, asked about the documents that a request names, before the framework looks for any of them."""

import frappe

from hot_rutin.access.conditions import is_system_manager, readable, refuse
from hot_rutin.access.policy import DOCUMENT_OF, GUARDED_DOCTYPES, PERSONAL, READERS, SHADOWS


def check_documents(named: set[tuple[str, str]], target: str | None, mentioned: set[str]) -> set[str]:
	"""Return the names of the cases' documents among those `named`, as (DocType, name), by a request about the DocType `target`.

	Raises `frappe.PermissionError` for one that is not the reader's, one that is not there, and likewise for a case's document that is
	only `mentioned` in what is written.
	"""
	by_doctype, shown = {}, set()
	for doctype, name in named:
		by_doctype.setdefault(doctype, set()).add(name)
	guarded = {*by_doctype, target}.intersection(GUARDED_DOCTYPES) - set(SHADOWS)
	if guarded and holds_a_share(guarded):
		refuse()
	for doctype, names in by_doctype.items():
		if doctype in GUARDED_DOCTYPES:
			shown |= _must_be_readable(doctype, names)
		if "" in names or not _are_one_s_own(doctype, names):
			refuse()
	for name in mentioned:
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


def holds_a_share(doctypes: set[str]) -> bool:
	"""Return whether any document of `doctypes` is shared with the signed-in user, or with everybody.

	Nobody can share one here. A share that is there all the same opens no document, but the framework lists by it past our
	conditions, and its errors tell the names.
	"""
	query = "select 1 from `tabDocShare` where share_doctype in %s and (user = %s or everyone = 1) limit 1"
	# Raw SQL: asked at nearly every request, and the answer is yes or no.
	return bool(frappe.db.sql(query, (tuple(doctypes), frappe.session.user)))


def documents_of_list(target: str | None, filters: list, or_filters: list) -> set[str]:
	"""Return the names of the cases' documents in a list of which the answer shows none: it is counted, or exported."""
	if target not in (*READERS, *SHADOWS):
		return set()
	kind, naming = SHADOWS.get(target, (None, "name"))
	fields = [f"{naming} as document", *([f"{kind} as kind"] if kind else [])]
	rows = frappe.get_list(target, fields=fields, filters=filters, or_filters=or_filters, limit_page_length=0)
	return {row.document for row in rows if row.document and (not kind or row.kind in READERS)}
