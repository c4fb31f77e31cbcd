"""Who may read what: one statement, from which every check follows.

A person reads a case in a *capacity*: as the exposed person, their proxy, the party's officer, the strategist or the
director. `CAPACITIES` says, in SQL over one `Incident`, when a user has each; `READERS` says which capacities read
which document. List conditions (the DocTypes' own and those of their child rows) and the check of a single document
are both generated from these two, so that they cannot disagree. What is not named here is denied, to the
`Administrator` as well.
"""

import functools

import frappe

OWN_MODULE = "Routine"
EXPOSED = "Exposed Representative"
PROXY = "Incident Proxy"
OFFICER = "Party Security Officer"
STRATEGIST = "Municipal Security Strategist"
DIRECTOR = "Municipal Director"
MANAGER = "Routine Manager"
ADMINISTRATOR = "Routine Administrator"
AUDITOR = "Routine Auditor"
ROLES = [EXPOSED, PROXY, OFFICER, STRATEGIST, DIRECTOR, MANAGER, ADMINISTRATOR, AUDITOR]

NOTHING = "1=0"
EVERYTHING = "1=1"

_ON_DUTY = "from_date <= {today} and (to_date is null or to_date >= {today})"

# What rules ask about a user. Looked up first and put into the condition as plain values: the database can then choose
# an index by them, and a list costs what it shows, not what is stored.
FACTS = {
	"own_representatives": "select name from `tabElected Representative` where user = {user}",
	"served_parties": f"select distinct parent from `tabParty Officer` where user = {{user}} and {_ON_DUTY}",
	"disqualified_cases": "select case_name from `tabDisqualification` where officer = {user}",
}

# Capacity (named by its role) -> when the user has it for a row of `tabIncident`.
CAPACITIES = {
	EXPOSED: "`tabIncident`.exposed_representative in {own_representatives}",
	# 3.1.1: a proxy reports, and has nothing more to do with the case once the assessment starts.
	PROXY: "`tabIncident`.proxy = {user} and `tabIncident`.workflow_state = 'Reported'",
	# Party and dates decide, at every read: access ends with the assignment. Nobody is the officer of a case about
	# themself, nor of one for which they are disqualified (jäv).
	OFFICER: (
		"`tabIncident`.party in {served_parties}"
		" and `tabIncident`.exposed_representative not in {own_representatives}"
		" and `tabIncident`.name not in {disqualified_cases}"
	),
	STRATEGIST: (
		"(`tabIncident`.strategist_contacted_on is not null or `tabIncident`.led_by_strategist = 1)"
	),
	# A director's document exists from the moment of the request; they never open the incident.
	DIRECTOR: (
		"exists (select 1 from `tabPolice Report` where `tabPolice Report`.incident = `tabIncident`.name)"
	),
}

# The circles: everyone in a circle reads all of its document, nobody else any of it.
READERS = {
	"Incident": (EXPOSED, PROXY, OFFICER, STRATEGIST),
	"Police Report": (EXPOSED, OFFICER, STRATEGIST, DIRECTOR),
	"Follow-up": (EXPOSED, OFFICER, STRATEGIST),
	# It holds parts of the other three, so its circle is those who read all of them.
	"Masked Copy": (EXPOSED, OFFICER, STRATEGIST),
}

# Child DocType -> the documents whose rows it holds. A row is read by those who read its document.
PARENTS = {
	"Incident Assessment": ("Incident",),
	"Police Contact": ("Incident",),
	"Police Decision": ("Incident",),
	"Support Contact": ("Incident",),
	"Accompaniment": ("Incident",),
	"Information Notice": ("Incident",),
	"Incident Step": ("Incident", "Follow-up"),
	"Follow-up Conversation": ("Follow-up",),
	"Further Conversation": ("Follow-up",),
	"Support Need": ("Follow-up",),
	"Support Order": ("Follow-up",),
	"Masked Copy Part": ("Masked Copy",),
	"Party Officer": ("Political Party",),
	"Chosen Proxy": ("Elected Representative",),
	"Reminder Mail": ("Step Reminder",),
	"Reminder Time": ("Hot Rutin Settings",),
	"Published Figure": ("Published Figures",),
}

# Roles that read a document, but none of these rows of it: to whom the reminders of a case went tells whose case it is.
WITHOUT_ROWS = {"Reminder Mail": {ADMINISTRATOR}}

# Registers: which rows each role reads. {user} and {today} as above.
REGISTERS = {
	"Political Party": {ADMINISTRATOR: EVERYTHING, STRATEGIST: EVERYTHING},
	"Elected Representative": {
		EXPOSED: "`tabElected Representative`.user = {user}",
		PROXY: (
			"`tabElected Representative`.name in"
			f" (select parent from `tabChosen Proxy` where user = {{user}} and {_ON_DUTY})"
		),
		OFFICER: "`tabElected Representative`.party in {served_parties}",
		ADMINISTRATOR: EVERYTHING,
	},
	"Disqualification": {
		EXPOSED: (
			"`tabDisqualification`.case_name in (select name from `tabIncident`"
			" where exposed_representative in {own_representatives})"
		),
		# Their own only: who else made one is the exposed person.
		ADMINISTRATOR: "`tabDisqualification`.owner = {user}",
	},
}

# What cases are told apart by, and the steps: everybody reads them, the administrator writes.
CHOICES = (
	"Age Group",
	"Incident Category",
	"Incident Channel",
	"Incident Consequence",
	"Incident Perpetrator",
	"Incident Place",
	"Representative Gender",
	"Routine Step",
)

# Who reads the rows of settings, of which there is one document and no table.
SETTINGS = {"Hot Rutin Settings": ADMINISTRATOR}


def _steps_of(role: str, within: str) -> str:
	"""Return the condition for what waits for `role` in the incidents that meet the condition `within`."""
	return (
		f"(`tabStep Reminder`.responsible_role = '{role}'"
		f" and `tabStep Reminder`.case_name in (select name from `tabIncident` where {within}))"
	)


# Logs and plans, without content: {user} as above.
LOGS = {
	"Incident Access Log": {
		EXPOSED: (
			"`tabIncident Access Log`.case_name in (select name from `tabIncident`"
			" where exposed_representative in {own_representatives})"
		),
		AUDITOR: EVERYTHING,
	},
	"Access Change": {STRATEGIST: EVERYTHING, AUDITOR: EVERYTHING},
	# What waits for oneself; and for the administrator the plan by the case's code, which tells neither party nor person.
	"Step Reminder": {
		EXPOSED: _steps_of(EXPOSED, CAPACITIES[EXPOSED]),
		OFFICER: _steps_of(OFFICER, CAPACITIES[OFFICER]),
		STRATEGIST: (
			f"({_steps_of(STRATEGIST, CAPACITIES[STRATEGIST])}"
			f" or {_steps_of(OFFICER, '`tabIncident`.led_by_strategist = 1')})"
		),
		DIRECTOR: _steps_of(DIRECTOR, CAPACITIES[DIRECTOR]),
		ADMINISTRATOR: EVERYTHING,
	},
	# Figures in which no case can be found (see `publication`).
	"Published Figures": {MANAGER: EVERYTHING},
}

# DocTypes of the framework whose rows tell of a document -> the fields that name it. They are read by those who read
# the document, and otherwise as the framework has it.
SHADOWS = {
	"Access Log": ("export_from", "reference_document"),
	"Activity Log": ("reference_doctype", "reference_name"),
	"Comment": ("reference_doctype", "reference_name"),
	"Communication": ("reference_doctype", "reference_name"),
	"Deleted Document": ("deleted_doctype", "deleted_name"),
	"Document Follow": ("ref_doctype", "ref_docname"),
	"DocShare": ("share_doctype", "share_name"),
	"File": ("attached_to_doctype", "attached_to_name"),
	"Notification Log": ("document_type", "document_name"),
	"Tag Link": ("document_type", "document_name"),
	"ToDo": ("reference_type", "reference_name"),
	"Version": ("ref_doctype", "docname"),
	"View Log": ("reference_doctype", "reference_name"),
	"Workflow Action": ("reference_doctype", "reference_name"),
}

# What a `has_permission` hook answers to leave the decision to the framework. From version 16 on, every hook must agree.
NO_OBJECTION = None if int(frappe.__version__.split(".")[0]) < 16 else True

GUARDED_DOCTYPES = (*READERS, *PARENTS, *REGISTERS, *LOGS, *SHADOWS)


def reading_condition(doctype: str, user: str | None = None) -> str:
	"""Return the SQL condition for the rows of `doctype` that `user` (default: the signed-in one) may read.

	It is never empty: `1=0` where there is nothing to read.
	"""
	user = user or frappe.session.user
	roles = _roles(user) - WITHOUT_ROWS.get(doctype, set())
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
	registers = {**REGISTERS, **LOGS}
	if doctype in registers:
		return _any(_filled(rule, user) for role, rule in registers[doctype].items() if role in roles)
	if doctype == "Incident":
		return _any(_filled(CAPACITIES[role], user) for role in READERS[doctype] if role in roles)
	# The others are read through their incident.
	incidents = _any(_filled(CAPACITIES[role], user) for role in READERS[doctype] if role in roles)
	return f"`tab{doctype}`.incident in (select name from `tabIncident` where {incidents})"


def may_read(doctype: str, name: str, user: str | None = None) -> bool:
	"""Return whether `user` may read the document: the list condition, asked of one row."""
	# Raw SQL: the condition is SQL, and this is the check that permissions rest on.
	return bool(
		frappe.db.sql(
			f"select 1 from `tab{doctype}` where name = {_quoted(name)} and ({reading_condition(doctype, user)})"
		)
	)


def capacities(incident: str, user: str | None = None) -> frozenset[str]:
	"""Return the capacities (role names) that `user` has for the incident named `incident`.

	Where the party has no active officer the strategist leads the case, and has the officer's capacity too.
	"""
	user = user or frappe.session.user
	roles = [role for role in CAPACITIES if role in _roles(user)]
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
	roles = _roles(user)
	for role in (EXPOSED, PROXY, OFFICER):
		if role not in roles:
			continue
		rule = _filled(REGISTERS["Elected Representative"][role], user)
		# Raw SQL: the same rule that lists the representatives a person may choose from.
		if frappe.db.sql(
			"select 1 from `tabElected Representative`"
			f" where name = {_quoted(representative)} and is_active = 1 and {rule}"
		):
			return role
	return None


def active_officers(party: str, incident: str | None = None, exposed: str | None = None) -> list[dict]:
	"""Return the party's officers on duty today as rows of `user`, `is_deputy`; officers before deputies.

	Left out are those who are disqualified for the case `incident`, and whoever is the representative `exposed` in it.
	"""
	# Raw SQL: used by the system to find who answers, never returned to a reader.
	return frappe.db.sql(
		"""select officer.user, officer.is_deputy from `tabParty Officer` officer
		join `tabUser` user on user.name = officer.user and user.enabled = 1
		where officer.parent = %(party)s and officer.from_date <= %(today)s
		and (officer.to_date is null or officer.to_date >= %(today)s)
		and officer.user not in (select officer from `tabDisqualification` where case_name = %(incident)s)
		and officer.user not in
		(select ifnull(user, '') from `tabElected Representative` where name = %(exposed)s)
		order by officer.is_deputy, officer.idx""",
		{"party": party, "incident": incident or "", "exposed": exposed or "", "today": frappe.utils.today()},
		as_dict=True,
	)


def may_read_document(doc, ptype: str = "read", user: str | None = None, **_ignored) -> bool | None:
	"""`has_permission` hook of every guarded DocType: the row conditions, asked of one document.

	`NO_OBJECTION` leaves the framework's own check to decide, of its own DocTypes.
	"""
	if doc.doctype == "Incident" and not frappe.db.exists("Incident", doc.name):
		representative = doc.get("exposed_representative")
		# The desk asks before anything is filled in; who may report for whom is asked again on insert.
		return not representative or bool(reporting_capacity(representative, user))
	if doc.doctype == "Masked Copy" and not frappe.db.exists("Masked Copy", doc.name):
		# Likewise: who decides about what is given out is asked when the case is named.
		return not doc.get("incident") or bool(capacities(doc.incident, user) & {OFFICER, STRATEGIST})
	if doc.doctype not in READERS and (doc.get("__islocal") or ptype == "create"):
		# Which role may create at all is in the DocType; it has no row to ask about yet.
		return NO_OBJECTION if doc.doctype in SHADOWS else True
	if not may_read(doc.doctype, doc.name, user):
		return False
	return NO_OBJECTION if doc.doctype in SHADOWS else True


def is_reader(doctype: str, user: str | None = None) -> bool:
	"""Return whether `user` has a role that reads some of the cases' documents of this DocType."""
	return bool(roles_of(user).intersection(READERS[doctype]))


def roles_of(user: str | None = None) -> set[str]:
	"""Return the roles that `user` (default: the signed-in one) serves in."""
	return _roles(user or frappe.session.user)


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


def _roles(user: str) -> set[str]:
	"""The user's roles; none for a disabled user or for `Administrator`, who holds every role without serving in any."""
	return set() if user in ("Administrator", "Guest") else stored_roles(user)


def stored_roles(user: str) -> set[str]:
	"""Return the roles of an account that is switched on, as the database has them: the framework's cache may hold others."""
	return set(
		# Raw SQL: what permissions rest on, asked with quoted values; the framework's own way would ask its cache.
		frappe.db.sql(
			"select role from `tabHas Role` has join `tabUser` user on user.name = has.parent and user.enabled = 1"
			" where has.parent = %s and has.parenttype = 'User'",
			user,
			pluck=True,
		)
	)


def _filled(rule: str, user: str) -> str:
	return rule.format_map(_Facts(user=_quoted(user), today=_quoted(frappe.utils.today())))


class _Facts(dict):
	"""The values that a rule names; those in `FACTS` are looked up when they are named, as a list in SQL."""

	def __missing__(self, fact: str) -> str:
		# Raw SQL: what permissions rest on, asked with quoted values.
		found = frappe.db.sql(FACTS[fact].format_map(self), pluck=True)
		# An empty list is no SQL; no name is empty.
		self[fact] = f"({', '.join(map(_quoted, found or ['']))})"
		return self[fact]


def _quoted(value: str) -> str:
	return frappe.db.escape(value, percent=False)


def _any(conditions) -> str:
	return " or ".join(f"({condition})" for condition in conditions) or NOTHING


def __getattr__(name: str):
	"""Serve `condition_of_<doctype>` for each guarded DocType: Frappe's hook wants a function for each, named by path."""
	for doctype in GUARDED_DOCTYPES:
		if name == condition_function(doctype):
			return functools.partial(_hook_condition, doctype)
	raise AttributeError(name)


def condition_function(doctype: str) -> str:
	"""Return the name in this module of the `permission_query_conditions` function for `doctype`."""
	return "condition_of_" + doctype.lower().replace(" ", "_").replace("-", "_")


def _hook_condition(guarded: str, user: str | None = None) -> str:
	return f"({reading_condition(guarded, user)})"
