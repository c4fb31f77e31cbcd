"""The types of single parameters."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import unquote

import frappe
from annotated_types import Ge, Le, MaxLen, MinLen
from frappe import _
from pydantic import AfterValidator, BeforeValidator, Field

from hot_rutin.access.policy import CHOICES, LOGS, PARENTS, READERS, REGISTERS, SETTINGS, SHADOWS
from hot_rutin.case.validation import LONGEST_COMMENT, LONGEST_PASSWORD, check_length
from hot_rutin.door.parsing import from_json

# What the desk makes and changes. Everything else is written by what happens in these, or comes with a deploy: what runs code,
# templates, conditions or queries, sends data elsewhere, or lets somebody in as another.
WRITABLE = (
	*READERS, *REGISTERS, *SETTINGS, *CHOICES,
	"Email Account", "List Filter", "Module Profile", "Notification Settings", "Role Profile", "System Settings", "User",
)  # fmt: skip
DELETABLE = (*WRITABLE, "Comment", "Role", "Workflow State")
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
FILE = re.compile(r"/(?:private/)?files/(?!\.\.?\Z)[^/\\%?#\"<>]{1,200}")
# An address of this system's own. A browser takes `/\\` for `//`.
OWN_ADDRESS = re.compile(r"/(?![/\\])[^\s\\<>]*")


def _text(value):
	"""A number is as good as its digits; but for one with decimals, which as a name would find a row that nobody has looked up."""
	return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _plain(value):
	if UNNAMABLE.search(value):
		raise ValueError("a sign that no name has")
	return value


def _whole(value):
	"""Nothing is 0. JSON has no numbers among its true and false, Python has."""
	if isinstance(value, bool):
		raise ValueError("a number is needed")
	return value or 0


def matching(pattern: re.Pattern) -> AfterValidator:
	"""Return the check that a text has the form of `pattern`, all of it."""

	def check(value):
		if value and not pattern.fullmatch(value):
			raise ValueError("another form is needed")
		return value

	return AfterValidator(check)


def text(longest: int) -> Any:
	"""Return the type of a text of at most `longest` characters."""
	return Annotated[str, BeforeValidator(_text), MaxLen(longest)]


def bounded(label: str, longest: int) -> Any:
	"""Return the type of a text whose length is refused in words that a person is told. The framework's work on it costs the square."""

	def check(value):
		check_length(value, _(label), longest)
		return value

	return Annotated[str, BeforeValidator(_text), AfterValidator(check)]


def json_of(kind: Any) -> Any:
	"""Return the type of a value that a form sends as JSON."""
	return Annotated[kind, BeforeValidator(lambda value: from_json(value) if value != "" else None)]


# The name of a stored document.
Name = Annotated[str, BeforeValidator(_text), MinLen(1), MaxLen(140), AfterValidator(_plain)]
Word = Annotated[text(140), AfterValidator(_plain)]
Line = text(300)
Story = text(20_000)
# A file's own name is as long as a disk allows.
FileAddress = Annotated[text(260), matching(FILE)]
OwnAddress = Annotated[text(2000), matching(OWN_ADDRESS)]
Password = text(128)
Comment = bounded("Comment", LONGEST_COMMENT)
NewPassword = bounded("New Password", LONGEST_PASSWORD)
# The desk sends an option that its dialog has not asked for as the word that JavaScript has for none.
UNSET = ("", None, "null", "undefined")
Flag = Annotated[bool, BeforeValidator(lambda value: False if value in UNSET else value)]
Start = Annotated[int, Ge(0), Le(1_000_000), BeforeValidator(_whole)]
Rows = Annotated[
	int, Ge(0), Le(MOST_ROWS), BeforeValidator(_whole), AfterValidator(lambda rows: rows or MOST_ROWS)
]
Readable = Literal[READABLE]
Writable = Literal[WRITABLE]
Deletable = Literal[DELETABLE]
Case = Literal[tuple(READERS)]
Report = Literal[REPORTS]
ASSET = re.compile(r"/?assets/(?!.*\.\.)[\w/.-]+")


def always(value: Any) -> Any:
	"""Return the type of a parameter that is the same whatever is sent; a function says it for each request."""
	said = BeforeValidator(lambda _sent: value() if callable(value) else value)
	return Annotated[Any, Field(validate_default=True), said]


Moment = Annotated[Word, AfterValidator(lambda value: of_field("Datetime", value))]


# Sent by the desk, and not forwarded.
Ignored = Annotated[Any, Field(exclude=True)]

Scalar = bool | int | float | Story | None
NUMBERS = {"Check": int, "Int": int, "Long Int": int, "Float": float, "Currency": float, "Percent": float, "Rating": float, "Duration": float}  # fmt: skip
# Stored in a key that no list, form or filter tells.
SECRET = {"reset_password_key", "last_reset_password_key_generated_on"}


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


def plain_address(value: str) -> str:
	"""Return the address of a page; the desk draws parts of it. Raises `ValueError` for markup in it."""
	if not {"<", ">"}.isdisjoint(unquote(unquote(value))):
		raise ValueError("markup in an address")
	return value


PageAddress = Annotated[text(4000), AfterValidator(plain_address)]


def none_of_ours(doctypes: list[str]) -> list[str]:
	"""Return nothing to be counted beside a document. Raises `ValueError` where what is ours would be."""
	if {*READERS, *PARENTS, *REGISTERS, *LOGS}.intersection(doctypes or ()):
		raise ValueError("not counted")
	return []


def stored_spelling(doctype: str | None, name):
	"""Return a name, or several, as stored: a case's code is read out, and typed in small letters."""
	if isinstance(name, list):
		return [stored_spelling(doctype, one) for one in name]
	return name.upper() if name and doctype in READERS and name.isascii() else name


def is_system_manager() -> bool:
	return "System Manager" in frappe.get_roles()
