"""Who may write what, and when.

Everyone in a circle reads all of its document (see `access`); permission levels divide who writes. Frappe applies
levels by role and puts back silently what a person may not write. Here the same levels follow from the *capacity* that
the person has in this case and from its state, and a change that is not theirs is refused with an error that says so.
"""

import frappe
from frappe import _
from frappe.utils import cstr

from hot_rutin.access.conditions import capacities, reporting_capacity
from hot_rutin.access.policy import DIRECTOR, EXPOSED, OFFICER, PROXY, STRATEGIST

# Permission levels of `Incident`. Level 0 is the system's own in all documents.
FACTS, OFFICERS, POLICE, SHARED, CHECKLIST, REOPENING = 1, 2, 3, 4, 5, 6
# ... of `Police Report`
EXTRACT, FILING, ANSWER = 1, 2, 3
# ... of `Follow-up`
CONVERSATION, CONSULTATION, OWN_ANSWER, ORDER = 1, 2, 3, 4
# ... of `Masked Copy`
MASKING = 1

# The state in which a document is only read.
CLOSED = {"Incident": "Closed", "Follow-up": "Completed"}
# DocType -> the levels that a capacity writes, and the states in which; without any, in all but that.
LEVELS = {
	"Incident": [
		(EXPOSED, {SHARED}, ()),
		(EXPOSED, {FACTS}, ("Reported",)),
		(PROXY, {FACTS}, ("Reported",)),
		(OFFICER, {FACTS, OFFICERS, SHARED, CHECKLIST}, ()),
		(OFFICER, {REOPENING}, ("Closed",)),
		(STRATEGIST, {POLICE, CHECKLIST}, ()),
	],
	"Police Report": [
		(STRATEGIST, {EXTRACT}, ("Requested", "Returned")),
		(DIRECTOR, {FILING}, ("Requested", "Approved")),
		(DIRECTOR, {ANSWER}, ("Approved", "Filed")),
	],
	"Follow-up": [
		(OFFICER, {CONVERSATION, CONSULTATION}, ()),
		(EXPOSED, {CONSULTATION, OWN_ANSWER}, ()),
		(STRATEGIST, {ORDER}, ()),
	],
	"Masked Copy": [(OFFICER, {MASKING}, ()), (STRATEGIST, {MASKING}, ())],
}


def writable_levels(doctype: str, held: frozenset[str], state: str | None) -> set[int]:
	"""Return the permission levels that somebody with the capacities `held` may write in a document in `state`."""
	is_open, levels = state != CLOSED.get(doctype, ""), set()
	for capacity, writes, states in LEVELS[doctype]:
		if capacity in held and (state in states if states else is_open):
			levels |= writes
	return levels


def writable_now(doctype: str, name: str) -> set[int]:
	"""Return the permission levels that the signed-in person may write in a stored document. Opening it anew is not writing."""
	doc = frappe.get_doc(doctype, name)
	return writable_levels(doctype, capacities(doc.case_name), doc.get("workflow_state")) - {REOPENING}


def keep_rows_in_their_document(doc, _method=None) -> None:
	"""`before_validate` hook of every DocType: raise `frappe.PermissionError` where a row is another document's, is there twice, or
	is none.

	Frappe finds rows by their name alone: it would take it from there, keep the last of the two, or keep nothing; and whoever
	looks at what was sent would see what is not stored.
	"""
	if frappe.flags.in_install or frappe.flags.in_migrate:
		return
	for table in doc.meta.get_table_fields():
		rows = [row for row in doc.get(table.fieldname) or () if row.name]
		if not rows:
			continue
		names = [row.name for row in rows]
		# get_all: whose rows they are must be known, whoever asks; nothing of it is returned.
		stored = frappe.get_all(table.options, {"name": ("in", names)}, ["name", "parent"], as_list=True)
		stored = dict(stored)
		are_none = [row for row in rows if row.name not in stored and not row.get("__islocal")]
		if (
			(are_none and not doc.is_new())
			or len(set(names)) < len(names)
			or set(stored.values()) - {doc.name}
		):
			frappe.throw(_("A row stays in its document. Make a new one."), frappe.PermissionError)


def never_submitted(_doc, _method=None) -> None:
	"""`before_submit` and `before_cancel` hook of every DocType: raise `frappe.PermissionError`.

	Nothing here is submitted. Frappe lets `Administrator` do it all the same, and asks no hook about what is cancelled then.
	"""
	frappe.throw(_("This is not submitted or cancelled, only saved."), frappe.PermissionError)


def refuse_foreign_changes(doc) -> None:
	"""Raise `frappe.PermissionError`, naming the fields, where `doc` holds changes that are not the person's to make."""
	if doc.is_new():
		# Only incidents are made by people; `check_permission("create")` has asked whether they may report.
		held = frozenset({reporting_capacity(doc.exposed_representative)})
		before = frappe.new_doc(doc.doctype)
		state = "Reported"
	else:
		held = capacities(doc.case_name)
		before = doc.get_latest()
		state = before.get("workflow_state")
	levels = writable_levels(doc.doctype, held, state) | doc.extra_levels(held)
	refused = [label for level, label in changed_fields(doc, before) if level not in levels]
	if refused:
		frappe.throw(
			_(
				"You may read but not change: {0}. Nothing was saved. Undo those changes and save again."
			).format(", ".join(dict.fromkeys(refused))),
			frappe.PermissionError,
			title=_("Not Yours to Change"),
		)


def changed_fields(doc, before):
	"""Yield (permission level, translated label) for each field that differs; level None is nobody's to write."""
	for field in doc.meta.get("fields", {"fieldtype": ("not in", frappe.model.no_value_fields)}):
		if field.fieldname == "workflow_state":
			continue  # the workflow decides
		if _differs(doc, before, field):
			yield _level(field), _(field.label)
	for table in doc.meta.get_table_fields():
		stored = {row.name: row for row in before.get(table.fieldname)}
		kept = {row.name for row in doc.get(table.fieldname)}
		pairs = [(row, stored.get(row.name), False) for row in doc.get(table.fieldname)]
		pairs += [(row, None, True) for name, row in stored.items() if name not in kept]
		for row, earlier, is_removed in pairs:
			if not earlier:
				yield table.permlevel, _(table.label)
			yield from _changed_cells(row, earlier or frappe.new_doc(row.doctype), table, is_removed)


def _changed_cells(row, earlier, table, is_removed):
	for field in row.meta.get("fields", {"fieldtype": ("not in", frappe.model.no_value_fields)}):
		if is_removed and field.read_only:
			continue  # goes with its row
		if _differs(row, earlier, field):
			yield _level(field) if field.permlevel or field.read_only else table.permlevel, _(field.label)


def _level(field):
	return None if field.read_only else field.permlevel


def _differs(doc, before, field) -> bool:
	def plain(value):
		value = doc.cast(value, field) if value not in (None, "") else None
		if field.fieldtype == "Datetime" and value:
			value = value.replace(microsecond=0)
		return cstr(value or "").replace("\r\n", "\n").strip()

	return plain(doc.get(field.fieldname)) != plain(before.get(field.fieldname))
