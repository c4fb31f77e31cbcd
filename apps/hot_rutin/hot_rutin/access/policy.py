"""Who may read what: one statement, from which every check follows.

A person reads a case in a *capacity*: as the exposed person, their proxy, the party's officer, the strategist or the
director. `CAPACITIES` says, in SQL over one `Incident`, when a user has each; `READERS` says which capacities read
which document. List conditions (the DocTypes' own and those of their child rows) and the check of a single document
are both generated from these two, so that they cannot disagree. What is not named here is denied, to the
`Administrator` as well.
"""

import re

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

# What the name of each begins with. No 0, O, 1, I: a case is named over the telephone.
DOCUMENT_OF = {"H": "Incident", "P": "Police Report", "U": "Follow-up", "M": "Masked Copy"}
CODE = "[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}"
NAME = re.compile(rf"\A(?:H-{CODE}|U-{CODE}|[PM]-{CODE}(?:-\d+)?)\Z", re.IGNORECASE)

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
	"Age Group", "Incident Category", "Incident Channel", "Incident Consequence", "Incident Perpetrator", "Incident Place",
	"Representative Gender", "Routine Step",
)  # fmt: skip

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

# DocTypes of the framework whose rows are one account's to open -> the field that names it.
PERSONAL = {
	"Comment": "owner",
	"Dashboard Settings": "name",
	"List Filter": "for_user",
	"Notification Log": "for_user",
	"Notification Settings": "name",
}

# What a `has_permission` hook answers to leave the decision to the framework. From version 16 on, every hook must agree.
NO_OBJECTION = None if int(frappe.__version__.split(".")[0]) < 16 else True

GUARDED_DOCTYPES = (*READERS, *PARENTS, *REGISTERS, *LOGS, *SHADOWS)

# What the desk makes and changes. Everything else is written by what happens in these, or comes with a deploy: what runs code,
# templates, conditions or queries, sends data elsewhere, or lets somebody in as another.
WRITABLE = (
	*READERS, *REGISTERS, *SETTINGS, *CHOICES,
	"Email Account", "List Filter", "Module Profile", "Notification Settings", "Role Profile", "System Settings", "User",
)  # fmt: skip
# What its lists, forms, links and menus show. The framework has some two hundred DocTypes more, and keeps conditions for few
# of them: rows of its own documents, for one, are for everybody who may read any such document.
READABLE = (
	*dict.fromkeys((*WRITABLE, *LOGS, *SHADOWS)),
	"Country", "Currency", "Dashboard Chart", "Dashboard Settings", "Data Import", "DocType", "Domain", "Email Domain",
	"Email Template", "Gender", "LDAP Settings", "Language", "Letter Head", "Number Card", "Report", "Role", "User Type",
	"Workflow State", "Workspace",
)  # fmt: skip
# Reports. Those of the app name none of our DocTypes; what they count and list is their reader's (see `reports`).
REPORTS = (
	"Access Log", "Follow-up Timeliness", "Incident Statistics", "Overdue Steps", "Police Reports", "Routine Compliance",
)  # fmt: skip
