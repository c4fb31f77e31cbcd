"""The types of what is sent: of parameters, by the names that `endpoints.yaml` calls them, of fields, and of whole documents."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import unquote

import frappe
from annotated_types import Ge, Le, MaxLen, MinLen
from frappe import _
from frappe.model import no_value_fields, table_fields
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError

from hot_rutin.access import policy
from hot_rutin.accounts.sign_in import issued_state
from hot_rutin.case import validation
from hot_rutin.door.parsing import from_json

MOST_ROWS = 500  # of any list
# Control characters, and what the framework would format a query by, or JSON would hide.
UNNAMABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\\]|%\(")
# Stored in a key that no list, form or filter tells.
SECRET = {"reset_password_key", "last_reset_password_key_generated_on"}
# What the framework says of a document, and the desk beside it: rebuilt from what is stored, by whom and when.
REBUILT = {
	"owner", "creation", "modified_by", "idx", "parent", "parenttype", "parentfield", "localname", "_user_tags", "_comments",
	"_assign", "_liked_by", "_seen", "__checked", "__last_sync_on", "__linked_docs", "__onload", "__run_link_triggers",
	"__unedited", "__unsaved",
}  # fmt: skip
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


def _fits(test, otherwise):
	def check(value):
		if not test(value):
			raise ValueError(otherwise)
		return value

	return AfterValidator(check)


def text(longest: int, form: str = "(?s:.*)") -> Any:
	"""Return the type of a text of at most `longest` characters that is empty or has the form of a regular expression."""
	# pydantic would count bytes.
	fits = _fits(lambda value: len(value) <= longest and re.fullmatch(f"(?:{form})?", value), "another form")
	return Annotated[str, BeforeValidator(_digits), fits]


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

Word = Annotated[text(140), _fits(lambda value: not UNNAMABLE.search(value), "a sign that no name has")]
# The name of a stored document. A case's code is read out, and typed in small letters.
Name = Annotated[
	Word, MinLen(1), AfterValidator(lambda value: value.upper() if policy.NAME.match(value) else value)
]
Line, Story, Code, Password, Html = text(300), text(20_000), text(4000), text(128), text(2_000_000)
# The framework would take brackets for a function in its SQL; `_` finds any sign.
Sought = Annotated[Line, AfterValidator(lambda value: value.translate({ord("("): "_", ord(")"): "_"}))]
Comment, NewPassword = text(validation.LONGEST_COMMENT), text(validation.LONGEST_PASSWORD)
# A file's own name is as long as a disk allows.
FileAddress = text(260, r"/(?:private/)?files/(?!\.\.?\Z)[^/\\%?#\"<>]{1,200}")
Asset = text(300, r"/?assets/(?!.*\.\.)[\w/.-]+")
# An address of this system's own. A browser takes `/\\` for `//`.
OwnAddress = text(2000, r"/(?![/\\])[^\s\\<>]*")
# The desk draws parts of the address that it is at.
PageAddress = Annotated[
	text(4000), _fits(lambda value: {"<", ">"}.isdisjoint(unquote(unquote(value))), "markup in an address")
]
# The desk sends an option that its dialog has not asked for as the word that JavaScript has for none.
UNSET = ("", None, "null", "undefined")
Flag = Annotated[bool, BeforeValidator(lambda value: False if value in UNSET else value)]
# As the framework's count knows it.
Distinct = Annotated[Flag, AfterValidator(lambda value: "true" if value else None)]
# Nothing is 0. JSON has no numbers among its true and false, Python has.
_whole = BeforeValidator(lambda value: str(value) if isinstance(value, bool) else value or 0)
Start, Few = Annotated[int, Ge(0), Le(1_000_000), _whole], Annotated[int, Ge(0), Le(1000), _whole]
Rows = Annotated[int, Ge(0), Le(MOST_ROWS), _whole, AfterValidator(lambda rows: rows or MOST_ROWS)]
State = Annotated[Code, AfterValidator(issued_state)]
Moment = Annotated[Word, AfterValidator(lambda value: of_field("Datetime", value))]
Number = float
Scalar = bool | int | float | Story | None

Readable, Writable = Literal[policy.READABLE], Literal[policy.WRITABLE]
Shown = Literal[(*policy.READABLE, *policy.PARENTS)]
SearchedIn = Literal[(*policy.READABLE, "")]
Deletable = Literal[(*policy.WRITABLE, "Comment", "Role", "Workflow State")]
Case = Literal[tuple(policy.READERS)]
# Renamed are choices, and nothing else.
Choice = Literal[tuple(kind for kind in policy.CHOICES if kind != "Routine Step")]
Report = Literal[policy.REPORTS]

Names = json_of(Annotated[list[Name], MaxLen(MOST_ROWS)])
Numbers = json_of(list[int] | None)
Assets = json_of(Annotated[list[Asset], MaxLen(50)])
Scalars = json_of(dict[Word, Scalar])
Settings = json_of(dict[Word, Any])
Empty = Annotated[list, MaxLen(0)]
Conditions = json_of(dict[Word, Scalar | list[Scalar]] | Empty | None)
Routes = json_of(Annotated[list[dict[Literal["route", "creation"], Line]], MaxLen(MOST_ROWS)])
NoColumns = json_of(Empty | None)


class _Reference(BaseModel):
	doctype: Case
	name: Name


class _CountingCard(BaseModel):
	name: Word | None = None
	document_type: Readable
	function: Literal["Count"]


Reference, CountingCard = json_of(_Reference), json_of(_CountingCard)
STORED_NAME, DOCUMENTS = TypeAdapter(Name | None), TypeAdapter(list[dict])


def typed_document(doctype: str, values: dict) -> dict:
	"""Return a document, or some of its values, typed. Raises `ValueError`, naming the field."""
	meta, typed = frappe.get_meta(doctype), {"doctype": doctype}
	for key, value in values.items():
		try:
			if key == "doctype" and value != doctype:
				raise ValueError("another DocType")
			elif key in ("name", "modified"):
				typed[key] = STORED_NAME.validate_python(value or None)
			elif key == "docstatus" and value not in (0, "0", None):
				raise ValueError("nothing here is submitted")
			elif key == "__islocal":
				typed[key] = int(value or 0)
			elif key not in REBUILT and key not in ("doctype", "docstatus"):
				typed[key] = _value(meta.get_field(key), value)
		except ValidationError:  # would tell the value
			raise ValueError(f"{key[:100]}: another form is needed") from None
		except ValueError as error:
			raise ValueError(f"{key[:100]}: {str(error)[:100]}") from None
	return typed


def _value(field, value):
	if not field:
		raise ValueError("no such field")
	if field.fieldtype in table_fields:
		rows = DOCUMENTS.validate_python(value or [])
		if len(rows) > MOST_ROWS:
			raise ValueError("too many rows")
		return [typed_document(field.options, row) for row in rows]
	value = of_field(field.fieldtype, value)
	if field.fieldtype in no_value_fields and value not in (None, ""):
		raise ValueError("holds no value")
	if isinstance(value, str):
		line = int(field.length or validation.LONGEST_LINE)
		validation.check_length(
			value, _(field.label), line if field.fieldtype == "Data" else validation.LONGEST_TEXT
		)
	return value
