"""The types of parameters, by the names that `endpoints.yaml` calls them."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import unquote

import frappe
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from hot_rutin.access.document_guards import KEPT, refuse_deletion
from hot_rutin.access.policy import CHOICES, LOGS, PARENTS, READERS, REGISTERS, SETTINGS, SHADOWS
from hot_rutin.door.parsing import from_json
from hot_rutin.door.sessions import issued_state
from hot_rutin.plausibility import LONGEST_COMMENT, LONGEST_PASSWORD

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
# Longest list, in rows.
MOST_ROWS = 500
# Control characters, and what the framework would format a query by, or JSON would hide.
UNNAMABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\\]|%\(")
# Stored in a key that no list, form or filter tells.
SECRET = {"reset_password_key", "last_reset_password_key_generated_on"}
NUMBERS = {
	**dict.fromkeys(("Check", "Int", "Long Int"), int),
	**dict.fromkeys(("Float", "Currency", "Percent", "Rating", "Duration"), float),
}


def of_field(fieldtype: str, value) -> str | int | float | None:
	"""Return a value as a field of this type holds it. Raises `ValueError`."""
	if value is None or value == "":
		return value
	if isinstance(value, dict | list | tuple):
		raise ValueError("one value is needed")
	if fieldtype in NUMBERS:
		number = NUMBERS[fieldtype](value)
		if not abs(number) < 2**53:
			raise ValueError("too large a number")
		return number
	if fieldtype in ("Date", "Datetime"):
		moment = datetime.fromisoformat(str(value))
		if moment.tzinfo or moment.year < 1900:
			raise ValueError("a local time is needed")
		return str(moment.date()) if fieldtype == "Date" else str(value)
	return str(int(value) if isinstance(value, bool) else value)


def _digits(value):
	"""A number is as good as its digits; but for one with decimals, which as a name would find a row that nobody has looked up."""
	return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _whole(value):
	"""Nothing is 0. JSON has no numbers among its true and false, Python has."""
	if isinstance(value, bool):
		raise ValueError("a number is needed")
	return value or 0


def _plain(value):
	if UNNAMABLE.search(value):
		raise ValueError("a sign that no name has")
	return value


def _plain_address(value):
	"""The desk draws parts of the address that it is at."""
	if not {"<", ">"}.isdisjoint(unquote(unquote(value))):
		raise ValueError("markup in an address")
	return value


def text(longest: int, form: str = "(?s:.*)") -> Any:
	"""Return the type of a text of at most `longest` characters, all of which has the form of a regular expression."""

	def check(value):
		if value and not re.fullmatch(form, value):
			raise ValueError("another form is needed")
		return value

	return Annotated[str, BeforeValidator(_digits), MaxLen(longest), AfterValidator(check)]


def json_of(kind: Any) -> Any:
	"""Return the type of a value that a form sends as JSON."""
	return Annotated[kind, BeforeValidator(lambda value: from_json(value) if value != "" else None)]


def always(value: Any) -> Any:
	"""Return the type of a parameter that is the same whatever is sent; a function says it for each request."""
	said = BeforeValidator(lambda _sent: value() if callable(value) else value)
	return Annotated[Any, Field(validate_default=True), said]


# Sent by the desk, and not forwarded.
Ignored = Annotated[Any, Field(exclude=True)]
Me = always(lambda: frappe.session.user)

# The name of a stored document.
Name = Annotated[str, BeforeValidator(_digits), MinLen(1), MaxLen(140), AfterValidator(_plain)]
Word = Annotated[text(140), AfterValidator(_plain)]
Line, Story, Code, Password, Html = text(300), text(20_000), text(4000), text(128), text(2_000_000)
# The framework would take brackets for a function in its SQL; `_` finds any sign.
Sought = Annotated[Line, AfterValidator(lambda value: value.translate({ord("("): "_", ord(")"): "_"}))]
Comment, NewPassword = text(LONGEST_COMMENT), text(LONGEST_PASSWORD)
# A file's own name is as long as a disk allows.
AnyFile = text(500)
FileAddress = text(260, r"/(?:private/)?files/(?!\.\.?\Z)[^/\\%?#\"<>]{1,200}")
Asset = text(300, r"/?assets/(?!.*\.\.)[\w/.-]+")
# An address of this system's own. A browser takes `/\\` for `//`.
OwnAddress = text(2000, r"/(?![/\\])[^\s\\<>]*")
PageAddress = Annotated[text(4000), AfterValidator(_plain_address)]
# The desk sends an option that its dialog has not asked for as the word that JavaScript has for none.
UNSET = ("", None, "null", "undefined")
Flag = Annotated[bool, BeforeValidator(lambda value: False if value in UNSET else value)]
# As the framework's count knows it.
Distinct = Annotated[Flag, AfterValidator(lambda value: "true" if value else None)]
Start = Annotated[int, Ge(0), Le(1_000_000), BeforeValidator(_whole)]
Few = Annotated[int, Ge(0), Le(1000), BeforeValidator(_whole)]
Rows = Annotated[
	int, Ge(0), Le(MOST_ROWS), BeforeValidator(_whole), AfterValidator(lambda rows: rows or MOST_ROWS)
]
State = Annotated[Code, AfterValidator(issued_state)]
Moment = Annotated[Word, AfterValidator(lambda value: of_field("Datetime", value))]
Number = float
Scalar = bool | int | float | Story | None

Readable, Writable = Literal[READABLE], Literal[WRITABLE]
Shown = Literal[(*READABLE, *PARENTS)]
SearchedIn = Literal[(*READABLE, "")]
Case = Literal[tuple(READERS)]
# Renamed are choices, and nothing else.
Choice = Literal[tuple(kind for kind in CHOICES if kind != "Routine Step")]
Report = Literal[REPORTS]

Names = json_of(Annotated[list[Name], MaxLen(MOST_ROWS)])
Numbers = json_of(list[int] | None)
Assets = json_of(Annotated[list[Asset], MaxLen(50)])
Scalars = json_of(dict[Word, Scalar])
Settings = json_of(dict[Word, Any])
Conditions = json_of(dict[Word, Scalar | list[Scalar]] | list | None)
Routes = json_of(Annotated[list[dict[Literal["route", "creation"], Line]], MaxLen(MOST_ROWS)])
NoColumns = json_of(Annotated[list, MaxLen(0)] | None)


class _Reference(BaseModel):
	doctype: Case
	name: Name


class _CountingCard(BaseModel):
	name: Word | None = None
	document_type: Readable
	function: Literal["Count"]


Reference, CountingCard = json_of(_Reference), json_of(_CountingCard)


def _uncounted(doctypes):
	if {*READERS, *PARENTS, *REGISTERS, *LOGS}.intersection(doctypes):
		raise ValueError("not counted")
	return []


def _deletable(doctype):
	"""The framework would take an account's password away, and end its sessions, before it asks."""
	if doctype in KEPT:
		refuse_deletion()
	return doctype


Uncounted = Annotated[json_of(list[Word]), AfterValidator(_uncounted)]
Deletable = Annotated[Literal[(*WRITABLE, "Comment", *KEPT)], AfterValidator(_deletable)]


def stored_spelling(doctype: str | None, name):
	"""Return a name, or several, as stored: a case's code is read out, and typed in small letters."""
	if isinstance(name, list):
		return [stored_spelling(doctype, one) for one in name]
	return name.upper() if name and doctype in READERS and name.isascii() else name


def is_system_manager() -> bool:
	return "System Manager" in frappe.get_roles()
