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

# Permission levels of `Incident`. Level 0 is the system's own in all three documents.
FACTS, OFFICERS, POLICE, SHARED, CHECKLIST, REOPENING = 1, 2, 3, 4, 5, 6
# ... of `Police Report`
EXTRACT, FILING, ANSWER = 1, 2, 3
# ... of `Follow-up`
CONVERSATION, CONSULTATION, OWN_ANSWER, ORDER = 1, 2, 3, 4
# ... of `Masked Copy`
MASKING = 1


def writable_levels(doctype: str, held: frozenset[str], state: str | None) -> set[int]:
	"""Return the permission levels that somebody with the capacities `held` may write in a document in `state`."""
	return {
		"Incident": _incident_levels,
		"Police Report": _police_report_levels,
		"Follow-up": _follow_up_levels,
		"Masked Copy": _masked_copy_levels,
	}[doctype](held, state)


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
		stored = dict(
			frappe.get_all(table.options, {"name": ("in", names)}, ["name", "parent"], as_list=True)
		)
		is_none = not doc.is_new() and any(
			row.name not in stored and not row.get("__islocal") for row in rows
		)
		if is_none or len(set(names)) < len(names) or set(stored.values()) - {doc.name}:
			frappe.throw(_("A row stays in its document. Make a new one."), frappe.PermissionError)


def never_made_again(doc, _method=None) -> None:
	"""`before_insert` hook of every DocType: raise `frappe.PermissionError` where a request makes settings anew.

	There is one document of them: what it was before would be compared with nothing, and left in no history.
	"""
	if doc.meta.issingle and frappe.request:
		frappe.throw(_("Settings are changed, not made anew."), frappe.PermissionError)


def never_submitted(_doc, _method=None) -> None:
	"""`before_submit` and `before_cancel` hook of every DocType: raise `frappe.PermissionError`.

	Nothing here is submitted. Frappe lets `Administrator` do it all the same, and asks no hook about what is cancelled then.
	"""
	frappe.throw(_("This is not submitted or cancelled, only saved."), frappe.PermissionError)


def _incident_levels(held, state):
	if state == "Closed":
		return {REOPENING} if OFFICER in held else set()
	levels = set()
	if EXPOSED in held:
		levels |= {SHARED}
	if (EXPOSED in held or PROXY in held) and state == "Reported":
		levels |= {FACTS}
	if OFFICER in held:
		levels |= {FACTS, OFFICERS, SHARED, CHECKLIST}
	if STRATEGIST in held:
		levels |= {POLICE, CHECKLIST}
	return levels


def _police_report_levels(held, state):
	levels = set()
	if STRATEGIST in held and state in ("Requested", "Returned"):
		levels |= {EXTRACT}
	if DIRECTOR in held and state in ("Requested", "Approved"):
		levels |= {FILING}
	if DIRECTOR in held and state in ("Approved", "Filed"):
		levels |= {ANSWER}
	return levels


def _follow_up_levels(held, state):
	if state == "Completed":
		return set()
	levels = set()
	if OFFICER in held:
		levels |= {CONVERSATION, CONSULTATION}
	if EXPOSED in held:
		levels |= {CONSULTATION, OWN_ANSWER}
	if STRATEGIST in held:
		levels |= {ORDER}
	return levels


def _masked_copy_levels(held, _state):
	return {MASKING} if held & {OFFICER, STRATEGIST} else set()


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
		rows_before = {row.name: row for row in before.get(table.fieldname)}
		kept = set()
		for row in doc.get(table.fieldname):
			earlier = rows_before.get(row.name)
			if earlier:
				kept.add(row.name)
			else:
				yield table.permlevel, _(table.label)
				earlier = frappe.new_doc(row.doctype)
			yield from _changed_cells(row, earlier, table)
		for name, row in rows_before.items():
			if name not in kept:
				yield table.permlevel, _(table.label)
				yield from _changed_cells(row, frappe.new_doc(row.doctype), table, removed=True)


def _changed_cells(row, earlier, table, removed=False):
	for field in row.meta.get("fields", {"fieldtype": ("not in", frappe.model.no_value_fields)}):
		if removed and field.read_only:
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
