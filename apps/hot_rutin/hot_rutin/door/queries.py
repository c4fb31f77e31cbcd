"""What a list may be asked for: columns, conditions and orders as parsed types, by the DocType's own fields.

The framework writes these into its SQL nearly as they come. Here each is taken apart, and written anew from its parts.
"""

import re
from typing import NamedTuple

import frappe
from frappe.model import no_value_fields

from hot_rutin.access.policy import PARENTS, READERS, REGISTERS
from hot_rutin.door.parsing import from_json
from hot_rutin.door.values import MOST_ROWS, NUMBERS, SECRET, is_system_manager, of_field

STANDARD = {
	"name": "Link", "owner": "Link", "modified_by": "Link", "creation": "Datetime", "modified": "Datetime",
	"docstatus": "Int", "idx": "Int", "parent": "Link", "parenttype": "Link", "parentfield": "Select",
	"_user_tags": "Text", "_comments": "Text", "_assign": "Text", "_liked_by": "Text", "_seen": "Text",
}  # fmt: skip
# What everybody may know of an account.
WHO_IT_IS = {
	"email", "enabled", "first_name", "full_name", "last_name", "middle_name", "user_image", "user_type", "username",
}  # fmt: skip
# Who filters by other columns than these reads what stands there.
WORDLESS = ("Check", "Date", "Datetime", "Dynamic Link", "Float", "Int", "Link", "Select", "Time")
COMPARISONS = ("=", "!=", "<", ">", "<=", ">=")
TIMESPANS = {
	f"{which} {span}"
	for which in ("last", "this", "next")
	for span in ("week", "month", "quarter", "6 months", "year", "7 days", "14 days", "30 days", "90 days")
} | {"yesterday", "today", "tomorrow"}
COLUMN = r"(?:`tab(?P<{0}doctype>[\w -]+)`\.)?`?(?P<{0}field>\w+|\*)`?"
EXPRESSION = re.compile(
	rf"(?:(?P<count>count)\(\s*(?:distinct\s+)?{COLUMN.format('of_')}\s*\)|{COLUMN.format('')})"
	r"(?:\s+as\s+(?:`?(?P<alias>\w+)`?|'(?P<label>[\w -]+:\w+)'))?",
	re.ASCII | re.IGNORECASE,
)
ORDER = re.compile(rf"{COLUMN.format('')}(?:\s+(?P<direction>asc|desc))?", re.ASCII | re.IGNORECASE)


class Column(NamedTuple):
	doctype: str
	fieldname: str
	fieldtype: str

	@property
	def is_text(self) -> bool:
		return self.fieldtype not in WORDLESS and not self.fieldname.startswith(
			("reference_", "attached_to_")
		)


def column(target: str, fieldname, doctype=None) -> Column:
	"""Return a column of `target`, or of a table of its rows. Raises `ValueError` where there is none, or none for this reader."""
	doctype = doctype or target
	if not isinstance(fieldname, str) or not isinstance(doctype, str):
		raise ValueError("the name of a field is needed")
	meta = frappe.get_meta(target)
	if doctype != target:
		if doctype not in {table.options for table in meta.get_table_fields()}:
			raise ValueError("not a table of this")
		# No list is filtered by rows that its reader may not see.
		if target not in (*READERS, *REGISTERS) and (doctype in PARENTS or not is_system_manager()):
			raise ValueError("not a table that this is asked by")
		meta = frappe.get_meta(doctype)
	if fieldname in STANDARD:
		return Column(doctype, fieldname, STANDARD[fieldname])
	field = meta.get_field(fieldname)
	if not field or field.fieldtype in (*no_value_fields, "Password") or fieldname in SECRET:
		raise ValueError("no such field")
	if doctype == "User" and fieldname not in WHO_IT_IS and not is_system_manager():
		raise ValueError("not a field that everybody is told")
	return Column(doctype, fieldname, field.fieldtype)


class Expression(NamedTuple):
	"""One of the columns that a list shows, or how many rows it has. `text` is how the framework is asked for it."""

	text: str
	column: Column | None
	is_count: bool


def expression(target: str, asked) -> Expression:
	"""Return what `asked` shows. Raises `ValueError` for more than a field, a plain count, or a field called otherwise than it is."""
	found = EXPRESSION.fullmatch(asked.strip()) if isinstance(asked, str) and len(asked) < 300 else None
	if not found:
		raise ValueError("not a field")
	if found["count"]:
		counted = None if found["of_field"] == "*" else column(target, found["of_field"], found["of_doctype"])
		alias = found["alias"] or "count"
		if alias in STANDARD or frappe.get_meta(target).get_field(alias):
			raise ValueError("called as a field is")
		inner = f"`tab{counted.doctype}`.`{counted.fieldname}`" if counted else "*"
		return Expression(f"count({inner}) as {alias}", None, True)
	if found["field"] == "*" and found["doctype"] in (None, target) and not found["alias"]:
		if target == "User" and not is_system_manager():
			raise ValueError("not all that an account has")
		return Expression("*", None, False)
	shown = column(target, found["field"], found["doctype"])
	if found["alias"] or found["label"] not in (None, f"{shown.doctype}:{shown.fieldname}"):
		raise ValueError("called as it is not")
	text = f"`tab{shown.doctype}`.`{shown.fieldname}`" if found["doctype"] else shown.fieldname
	return Expression(f"{text} as '{found['label']}'" if found["label"] else text, shown, False)


def expressions(target: str, asked, plain: bool = False) -> list[Expression]:
	"""Return what a list is to show: sent as one field, a list, JSON, or fields with commas between. `plain` ones are fields of the
	DocType itself."""
	if isinstance(asked, str):
		asked = from_json(asked) if asked.lstrip()[:1] == "[" else asked.split(",")
	if not isinstance(asked, list) or len(asked) > 200:
		raise ValueError("a list of fields is needed")
	found = [expression(target, one) for one in asked]
	if plain and any(one.column is None or one.text != one.column.fieldname for one in found):
		raise ValueError("plain fields are needed")
	return found


def order(target: str, asked) -> str:
	"""Return an order, or a grouping, written anew."""
	parts = []
	for part in asked.split(",") if isinstance(asked, str) and len(asked) < 500 else [None]:
		found = ORDER.fullmatch(part.strip()) if part else None
		if not found:
			raise ValueError("not an order")
		by = column(target, found["field"], found["doctype"])
		text = f"`tab{by.doctype}`.`{by.fieldname}`"
		parts.append(f"{text} {found['direction'].lower()}" if found["direction"] else text)
	return ", ".join(parts)


class Condition(NamedTuple):
	column: Column
	operator: str
	value: object

	def as_list(self) -> list:
		return [self.column.doctype, self.column.fieldname, self.operator, self.value]


def conditions(target: str, asked) -> list[Condition]:
	"""Return filters, sent as JSON or not, as an object, as a list, or as the name of one document. Raises `ValueError`."""
	if isinstance(asked, str):
		text = asked.strip()
		asked = (
			from_json(text) if text[:1] in ("[", "{") or text == "null" else {"name": text} if text else None
		)
	if isinstance(asked, dict):
		asked = [
			[field, *value] if isinstance(value, list) and len(value) == 2 else [field, "=", value]
			for field, value in asked.items()
		]
	if asked in (None, ""):
		return []
	if not isinstance(asked, list) or len(asked) > 50:
		raise ValueError("a list of conditions is needed")
	found = []
	for one in asked:
		if isinstance(one, dict):
			found += conditions(target, one)
		elif isinstance(one, list) and len(one) == 3:
			found.append(_condition(target, None, *one))
		elif isinstance(one, list) and len(one) in (4, 5):
			found.append(_condition(target, *one[:4]))
		else:
			raise ValueError("not a condition")
	return found


def _condition(target, doctype, fieldname, operator, value):
	by = column(target, fieldname, doctype)
	operator = operator.strip().lower() if isinstance(operator, str) else operator
	if operator in ("like", "not like"):
		value = _text(by, value)
	elif operator in ("in", "not in"):
		items = value.split(",") if isinstance(value, str) else value
		if not isinstance(items, list) or len(items) > MOST_ROWS:
			raise ValueError("a list of values is needed")
		value = [_value(by, item.strip() if isinstance(item, str) else item) for item in items]
	elif operator == "is":
		if value not in ("set", "not set"):
			raise ValueError("set or not set")
	elif operator == "timespan":
		if value not in TIMESPANS:
			raise ValueError("not a time")
	elif operator == "between":
		if not isinstance(value, list) or len(value) != 2:
			raise ValueError("two times are needed")
		value = [_value(by, item) for item in value]
	elif operator in COMPARISONS:
		value = _value(by, value)
	else:
		raise ValueError("not an operator")
	return Condition(by, operator, value)


def _text(by, value):
	value = of_field("Data", value)
	if len(value or "") > 500:
		raise ValueError("too long a text")
	return value


def _value(by, value):
	value = _text(by, value) if by.fieldtype not in NUMBERS else value
	# The framework formats some finished queries once more, with the parameters of the request.
	if isinstance(value, str) and "%(" in value:
		raise ValueError("no text that would be formatted")
	return of_field(by.fieldtype, value)
