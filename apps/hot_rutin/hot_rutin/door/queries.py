"""What a list may be asked for: columns, conditions and orders as parsed types, by the DocType's own fields.

The framework writes these into its SQL nearly as they come. Here each is taken apart, and written anew from its parts.
"""

import re
from functools import partial
from typing import NamedTuple

import frappe
from frappe.model import no_value_fields

from hot_rutin.access.conditions import is_system_manager
from hot_rutin.access.policy import PARENTS, READERS, REGISTERS
from hot_rutin.door.parsing import from_json
from hot_rutin.door.values import MOST_ROWS, NUMBERS, SECRET, of_field

STANDARD = {
	**dict.fromkeys(("name", "owner", "modified_by", "parent", "parenttype", "parentfield"), "Link"),
	**dict.fromkeys(("creation", "modified"), "Datetime"),
	**dict.fromkeys(("docstatus", "idx"), "Int"),
	**dict.fromkeys(("_user_tags", "_comments", "_assign", "_liked_by", "_seen"), "Text"),
}
# What everybody may know of an account.
WHO_IT_IS = {
	"email", "enabled", "first_name", "full_name", "last_name", "middle_name", "user_image", "user_type", "username",
}  # fmt: skip
# Who filters by other columns than these reads what stands there.
WORDLESS = ("Check", "Date", "Datetime", "Dynamic Link", "Float", "Int", "Link", "Select", "Time")
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

	def __str__(self):
		return f"`tab{self.doctype}`.`{self.fieldname}`"

	@property
	def is_text(self) -> bool:
		return not (self.fieldtype in WORDLESS or self.fieldname.startswith(("reference_", "attached_to_")))


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


def expression(target: str, asked) -> str:
	"""Return one of the columns that a list shows, or how many rows it has, written anew. Raises `ValueError` for more than a field,
	a plain count, or a field called otherwise than it is."""
	found = EXPRESSION.fullmatch(asked.strip()) if isinstance(asked, str) and len(asked) < 300 else None
	if not found:
		raise ValueError("not a field")
	if found["count"]:
		of = found["of_field"]
		counted = of if of == "*" else column(target, of, found["of_doctype"])
		alias = found["alias"] or "count"
		if alias in STANDARD or frappe.get_meta(target).get_field(alias):
			raise ValueError("called as a field is")
		return f"count({counted}) as {alias}"
	if found["field"] == "*" and found["doctype"] in (None, target) and not found["alias"]:
		if target == "User" and not is_system_manager():
			raise ValueError("not all that an account has")
		return "*"
	shown = column(target, found["field"], found["doctype"])
	if found["alias"] or found["label"] not in (None, f"{shown.doctype}:{shown.fieldname}"):
		raise ValueError("called as it is not")
	text = str(shown) if found["doctype"] else shown.fieldname
	return f"{text} as '{found['label']}'" if found["label"] else text


def expressions(target: str, asked) -> list[str]:
	"""Return what a list is to show: sent as one field, a list, JSON, or fields with commas between."""
	if isinstance(asked, str):
		asked = from_json(asked) if asked.lstrip()[:1] == "[" else asked.split(",")
	if not isinstance(asked, list) or len(asked) > 200:
		raise ValueError("a list of fields is needed")
	return [expression(target, one) for one in asked]


def own_fields(target: str, asked) -> list[str]:
	"""Return what a list is to show, which is fields of the DocType itself."""
	found = expressions(target, asked)
	if not all(one.isidentifier() for one in found):
		raise ValueError("plain fields are needed")
	return found


def are_counts(shown: list[str]) -> list[bool]:
	"""Return of each expression whether it is a number of rows, rather than what stands in one."""
	return [one.startswith("count(") for one in shown]


def order(target: str, asked) -> str:
	"""Return an order, or a grouping, written anew."""
	parts = []
	for part in asked.split(",") if isinstance(asked, str) and len(asked) < 500 else [""]:
		found = ORDER.fullmatch(part.strip())
		if not found:
			raise ValueError("not an order")
		by = column(target, found["field"], found["doctype"])
		parts.append(f"{by} {(found['direction'] or '').lower()}".strip())
	return ", ".join(parts)


def conditions(target: str, asked) -> list[list]:
	"""Return filters, each with DocType, field, operator and value; sent as JSON or not, as an object, as a list, or as the name of
	one document. Raises `ValueError`."""
	if isinstance(asked, str):
		text = asked.strip() or "null"
		asked = from_json(text) if text[:1] in ("[", "{") or text == "null" else {"name": text}
	if isinstance(asked, dict):
		asked = [
			[key, *value] if isinstance(value, list) and len(value) == 2 else [key, "=", value]
			for key, value in asked.items()
		]
	asked = [] if asked is None else asked
	if not isinstance(asked, list) or len(asked) > 50:
		raise ValueError("a list of conditions is needed")
	found = []
	for one in asked:
		if isinstance(one, dict):
			found += conditions(target, one)
		elif isinstance(one, list) and len(one) in (3, 4, 5):
			doctype, fieldname, operator, value = [None, *one] if len(one) == 3 else one[:4]
			by = column(target, fieldname, doctype)
			operator = operator.strip().lower() if isinstance(operator, str) else None
			if operator not in OPERATORS:
				raise ValueError("not an operator")
			# Of two bounds the framework writes both for a date only: of another field, what permits would become the second.
			if operator in ("between", "timespan") and by.fieldtype not in ("Date", "Datetime"):
				raise ValueError("a field that holds a date is needed")
			found.append([by.doctype, by.fieldname, operator, OPERATORS[operator](by, value)])
		else:
			raise ValueError("not a condition")
	return found


def _text(_by, value):
	value = of_field("Data", value)
	if len(value or "") > 500:
		raise ValueError("too long a text")
	return value


def _value(by, value):
	# The framework formats some finished queries once more, with the parameters of the request.
	if by.fieldtype not in NUMBERS and "%(" in str(_text(by, value)):
		raise ValueError("no text that would be formatted")
	return of_field(by.fieldtype, value)


def _values(by, value, most=MOST_ROWS, least=0):
	items = value.split(",") if isinstance(value, str) else value
	if not isinstance(items, list) or not least <= len(items) <= most:
		raise ValueError("a list of values is needed")
	return [_value(by, item.strip() if isinstance(item, str) else item) for item in items]


def _word_of(*words):
	return lambda _by, value: words[words.index(value)]  # raises `ValueError` for another


# What a column is compared by -> how it takes what it is compared with.
OPERATORS = {
	**dict.fromkeys(("=", "!=", "<", ">", "<=", ">="), _value),
	**dict.fromkeys(("like", "not like"), _text),
	**dict.fromkeys(("in", "not in"), _values),
	"between": partial(_values, most=2, least=2),
	"is": _word_of("set", "not set"),
	"timespan": _word_of(*TIMESPANS),
}
