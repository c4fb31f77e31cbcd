"""The policy in SQL: conditions of lists, checks of documents, and the hooks that hand both to the framework."""

from collections.abc import Iterable

import frappe
from frappe import _

# isort: off
from hot_rutin.access.policy import (
	CAPACITIES, EVERYTHING, EXPOSED, FACTS, GUARDED_DOCTYPES, LOGS, NO_OBJECTION, NOTHING, OFFICER, PARENTS,
	PROXY, READERS, REGISTERS, SETTINGS, SHADOWS, STRATEGIST, WITHOUT_ROWS,
)  # fmt: skip
# isort: on


def reading_condition(doctype: str, user: str | None = None) -> str:
	"""Return the SQL condition for the rows of `doctype` that `user` (default: the signed-in one) may read.

	It is never empty: `1=0` where there is nothing to read.
	"""
	user = user or frappe.session.user
	roles = roles_of(user) - WITHOUT_ROWS.get(doctype, set())
	if doctype in PARENTS and PARENTS[doctype][0] in SETTINGS:
		return EVERYTHING if SETTINGS[PARENTS[doctype][0]] in roles else NOTHING
	if doctype in PARENTS:
		return _any(
			f"`tab{doctype}`.parenttype = {_quoted(parent)} and `tab{doctype}`.parent in"
			f" (select name from `tab{parent}` where {_condition(parent, user, roles)})"
			for parent in PARENTS[doctype]
		)
	return _condition(doctype, user, roles)


def _condition(doctype, user, roles):
	if doctype in SHADOWS:
		return _shadow_condition(doctype, user)
	rules = {**REGISTERS, **LOGS}.get(doctype) or {role: CAPACITIES[role] for role in READERS[doctype]}
	condition = _any(_filled(rule, user) for role, rule in rules.items() if role in roles)
	if doctype in READERS and doctype != "Incident":  # read through its incident
		return f"`tab{doctype}`.incident in (select name from `tabIncident` where {condition})"
	return condition


def may_read(doctype: str, name: str, user: str | None = None) -> bool:
	"""Return whether `user` may read the document: the list condition, asked of one row."""
	return bool(readable(doctype, [name], user))


def readable(doctype: str, names: Iterable[str], user: str | None = None) -> dict[str, tuple[str, str]]:
	"""Return those of `names` that `user` may read, in one query, each with the (DocType, name) of the document it belongs to.

	A name counts that is stored just so: MariaDB takes more than one spelling for equal.
	"""
	kind, holder = SHADOWS.get(doctype, (frappe.db.escape(doctype), "name"))
	wanted, known = set(map(str, names)), _facts(user or frappe.session.user)
	asked = sorted(name for name in wanted if (doctype, name) not in known)
	if asked:
		# Raw SQL: the condition is SQL, and this is the check that permissions rest on.
		rows = frappe.db.sql(
			f"select name, {kind}, {holder} from `tab{doctype}`"
			f" where name in ({', '.join(map(_quoted, asked))}) and ({reading_condition(doctype, user)})"
		)
		known |= {(doctype, name): None for name in asked}
		known |= {(doctype, str(name)): (kind, holder) for name, kind, holder in rows}
	return {name: known[doctype, name] for name in wanted if known[doctype, name]}


def refuse() -> None:
	"""Raise the one refusal that tells nothing."""
	frappe.throw(
		_("You have no access to this case, or not any more. Nothing was saved."),
		frappe.PermissionError,
		title=_("No Access"),
	)


def capacities(incident: str, user: str | None = None) -> frozenset[str]:
	"""Return the capacities (role names) that `user` has for the incident named `incident`.

	Where the party has no active officer the strategist leads the case, and has the officer's capacity too.
	"""
	user = user or frappe.session.user
	roles = [role for role in CAPACITIES if role in roles_of(user)]
	columns = ", ".join(f"({_filled(CAPACITIES[role], user)})" for role in roles)
	# Raw SQL: capacities are SQL conditions, and this is the check that permissions rest on.
	rows = frappe.db.sql(
		f"select led_by_strategist{', ' + columns if columns else ''} from `tabIncident`"
		f" where name = {_quoted(incident)}"
	)
	if not rows:
		return frozenset()
	led_by_strategist, *held = rows[0]
	found = {role for role, has in zip(roles, held, strict=True) if has}
	if STRATEGIST in found and led_by_strategist:
		found.add(OFFICER)
	return frozenset(found)


def reporting_capacity(representative: str, user: str | None = None) -> str | None:
	"""Return the capacity in which `user` may report an incident for `representative` (3.1.1), or None."""
	user = user or frappe.session.user
	named = (
		f"select 1 from `tabElected Representative` where name = {_quoted(representative)} and is_active = 1"
	)
	for role in (EXPOSED, PROXY, OFFICER):
		rule = REGISTERS["Elected Representative"][role]
		# Raw SQL: the same rule that lists the representatives a person may choose from.
		if role in roles_of(user) and frappe.db.sql(f"{named} and {_filled(rule, user)}"):
			return role
	return None


def may_read_document(doc, ptype: str = "read", user: str | None = None, **_ignored) -> bool | None:
	"""`has_permission` hook of every guarded DocType: the row conditions, asked of one document.

	`NO_OBJECTION` leaves the framework's own check to decide, of its own DocTypes.
	"""
	yes = NO_OBJECTION if doc.doctype in SHADOWS else True
	if doc.name and may_read(doc.doctype, doc.name, user):
		return yes
	if doc.doctype == "Incident" and not frappe.db.exists("Incident", doc.name):
		representative = doc.get("exposed_representative")
		# The desk asks before anything is filled in; who may report for whom is asked again on insert.
		return not representative or bool(reporting_capacity(representative, user))
	if doc.doctype == "Masked Copy" and not frappe.db.exists("Masked Copy", doc.name):
		# Likewise: who decides about what is given out is asked when the case is named.
		return not doc.get("incident") or bool(capacities(doc.incident, user) & {OFFICER, STRATEGIST})
	# Which role may create at all is in the DocType; it has no row to ask about yet.
	return yes if doc.doctype not in READERS and (doc.get("__islocal") or ptype == "create") else False


def is_system_manager() -> bool:
	return "System Manager" in frappe.get_roles()


def roles_of(user: str | None = None) -> frozenset[str]:
	"""Return the roles that `user` (default: the signed-in one) serves in: none for an account that is switched off, or for
	`Administrator`, who holds every role without serving in any."""
	user = user or frappe.session.user
	return frozenset() if user in ("Administrator", "Guest") else stored_roles(user)


def _shadow_condition(doctype, user):
	kind, name = (f"`tab{doctype}`.{field}" for field in SHADOWS[doctype])
	others = f"ifnull({kind}, '') not in ({', '.join(map(_quoted, (*READERS, *REGISTERS, *LOGS)))})"
	return _any(
		[
			others,
			*(
				f"{kind} = {_quoted(document)} and {name} in"
				f" (select name from `tab{document}` where {reading_condition(document, user)})"
				for document in READERS
			),
		]
	)


def stored_roles(user: str) -> frozenset[str]:
	"""Return the roles of an account that is switched on, as the database has them: the framework's cache may hold others."""
	return _facts(user)["roles"]


def _filled(rule: str, user: str) -> str:
	return rule.format_map(_facts(user))


def _facts(user: str) -> "_Facts":
	"""What rules ask about a user, looked up once for a request, and again once it has written something."""
	if not frappe.request:
		return _Facts(user)
	if frappe.db.transaction_writes:
		forget_facts()
	known = frappe.flags.setdefault("access_facts", {})
	return known.setdefault(user, _Facts(user))


def forget_facts(*_doc_and_method) -> None:
	"""Hook of what `FACTS` are looked up in: what was known of users may be otherwise now."""
	frappe.flags.pop("access_facts", None)


class _Facts(dict):
	"""The values that a rule names; those in `FACTS` are looked up when they are named, as a list in SQL."""

	def __init__(self, user: str):
		super().__init__(user=_quoted(user), today=_quoted(frappe.utils.today()))

	def __missing__(self, fact):
		if fact == "roles":
			query = (
				"select role from `tabHas Role` has join `tabUser` user on user.name = has.parent"
				" and user.enabled = 1 where has.parent = {user} and has.parenttype = 'User'"
			)
		else:
			query = FACTS[fact]
		# Raw SQL: what permissions rest on, asked with quoted values; the framework's own way would ask its cache.
		found = frappe.db.sql(query.format_map(self), pluck=True)
		# No name is empty.
		self[fact] = frozenset(found) if fact == "roles" else f"({', '.join(map(_quoted, found or ['']))})"
		return self[fact]


def _quoted(value: str) -> str:
	return frappe.db.escape(value, percent=False)


def _any(conditions) -> str:
	return " or ".join(f"({condition})" for condition in conditions) or NOTHING


def condition_function(doctype: str) -> str:
	"""Return the name in this module of the `permission_query_conditions` function for `doctype`."""
	return "condition_of_" + doctype.lower().replace(" ", "_").replace("-", "_")


# Frappe's hook wants a function for each DocType, named by path.
for _doctype in GUARDED_DOCTYPES:
	globals()[condition_function(_doctype)] = lambda user=None, doctype=_doctype: (
		f"({reading_condition(doctype, user)})"
	)
