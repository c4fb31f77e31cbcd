"""What a request may put into a query: names, never SQL of its own.

The framework writes names of fields into its SQL nearly as they come, and looks for some dangerous words in them. One that
holds an operator loosens the conditions on which permissions rest; one that holds a query reads any table. So here the few
forms that the desk sends are let through, whatever is asked about, and nothing else.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import frappe

# No list tells, by a filter or by its order, the key in a mail that sets a new password.
_NO_KEY = r"(?!`?(?:last_)?reset_password_key)"
_NAME = rf"{_NO_KEY}(?:`\w+`|\w+)"
_COLUMN = rf"(?:(?P<table>`tab[\w -]+`|{_NAME})\.)?(?P<column>{_NAME}|\*)"
_SUM = rf"(?P<function>count|sum|avg|min|max)\(\s*(?:distinct\s+)?{_COLUMN.replace('P<', 'P<of_')}\s*\)"
_ALIAS = rf"(?:\s+as\s+(?P<alias>{_NAME}|'[\w -]+:\w+'))?"
FIELD = re.compile(rf"(?:{_COLUMN}|{_SUM}){_ALIAS}", re.ASCII | re.IGNORECASE)
ORDER = re.compile(rf"{_COLUMN}(?:\s+(?:asc|desc))?", re.ASCII | re.IGNORECASE)
DIRECTION = re.compile(r"asc|desc", re.IGNORECASE)
# In a filter the framework sets the quotes itself.
FILTERED = re.compile(rf"{_NO_KEY}\w+", re.ASCII | re.IGNORECASE)
DOCTYPE = re.compile(r"[\w -]+")
# Operators with two bounds.
SPANS = ("between", "timespan", "previous", "next")
DATES = ("Date", "Datetime")
# How many rows and after how many, or from which day.
COUNT = re.compile(r"\d{0,9}|\d{4}-\d\d-\d\d[\d :]*", re.ASCII)


class Field(NamedTuple):
	"""What one expression in a list of fields asks for. `key` is what it is called in the answer."""

	table: str
	column: str
	function: str
	key: str


def parse_field(expression: str) -> Field | None:
	"""Return what `expression` asks for, or None if it is more than a field with an alias or a plain sum over one."""
	found = FIELD.fullmatch(expression.strip())
	if not found:
		return None
	table, column, function, alias = (
		(part or "").strip("`'") for part in found.group("table", "column", "function", "alias")
	)
	return Field(table, column, function, alias or column)


def listed(value) -> list:
	"""Return the expressions in what a client sends as fields: one, a list, JSON, or names with commas between."""
	if isinstance(value, str):
		parsed = parsed_json(value)
		value = value.split(",") if parsed is None else parsed
	return list(value) if isinstance(value, list | tuple) else [value] if value else []


def columns(asked: dict) -> set[str]:
	"""Return the columns, among other words, that a client asks a list to show, and to filter and sort by, in small letters."""
	texts = [
		*listed(asked.get("fields")),
		*listed(asked.get("fieldname")),
		*map(asked.get, ("order_by", "group_by", "searchfield")),
	]
	for key in ("filters", "or_filters"):
		filters = unfolded(asked.get(key)) or ()
		for condition in [filters] if isinstance(filters, dict) else filters:
			if isinstance(condition, dict):
				texts += condition
			elif isinstance(condition, list) and condition:
				texts.append(condition[0] if len(condition) == 3 else condition[min(1, len(condition) - 1)])
	return set(re.findall(r"\w+|\*", " ".join(map(str, filter(None, texts))).lower()))


def holds_sql(request) -> bool:
	"""Return whether anything in the request, at whatever depth, would bring SQL of its own into a query."""
	return any(not is_plain(value) for is_plain, value in _parts(request))


def parsed_json(text: str):
	"""Return what the text holds as JSON, or None."""
	try:
		return json.loads(text)
	except ValueError:
		return None


def unfolded(value):
	"""Return `value` with each text that holds a list or an object as JSON, at whatever depth, in the place of that text."""
	if isinstance(value, dict):
		return {key: unfolded(inner) for key, inner in value.items()}
	if isinstance(value, list | tuple):
		return list(map(unfolded, value))
	if isinstance(value, str) and value.strip()[:1] in ("{", "["):
		parsed = parsed_json(value)
		return unfolded(parsed) if isinstance(parsed, dict | list) else value
	return value


def _are_fields(value) -> bool:
	return all(
		parse_field(field) is not None
		if isinstance(field, str)
		# Values to set by their fields, or a stored view's columns: pairs of field and DocType, or descriptions.
		else _are_keys(field)
		if isinstance(field, dict)
		else isinstance(field, list | tuple)
		and len(field) == 2
		and all(_matches(DOCTYPE, part) for part in field)
		for field in listed(value)
		if field
	)


def _are_orders(value) -> bool:
	parts = value.split(",") if isinstance(value, str) and value else value if isinstance(value, list) else []
	return all(_matches(ORDER, part) for part in parts)


def _are_filters(value) -> bool:
	if isinstance(value, str) and value.strip():
		value = parsed_json(value) if value.strip() != "null" else []
		if value is None:
			return False
	if isinstance(value, list | tuple):
		return all(
			_are_conditions(condition) if isinstance(condition, dict) else _is_condition(condition)
			for condition in value
		)
	# A report is told whether its filters are the usual ones.
	return not value or value is True or (isinstance(value, dict) and _are_conditions(value))


def _are_conditions(value: dict) -> bool:
	return _are_keys(value) and all(
		not isinstance(said, list | tuple) or not said or _is_closed(field, said[0])
		for field, said in value.items()
	)


def _is_closed(field: str, operator) -> bool:
	"""Whether the framework ends the condition itself. Of two bounds it writes both for a date only: of any other field, the
	conditions on which permissions rest would become the second."""
	if str(operator).strip().lower() not in SPANS:
		return True
	dates = {"creation", "modified"}
	others = set()
	for kind in ("DocField", "Custom Field"):
		# get_all: which fields hold dates is metadata, and tells of no document.
		dates |= set(frappe.get_all(kind, {"fieldtype": ("in", DATES)}, pluck="fieldname"))
		others |= set(frappe.get_all(kind, {"fieldtype": ("not in", DATES)}, pluck="fieldname"))
	return field in dates - others


def _are_keys(value: dict) -> bool:
	return all(_matches(FILTERED, key) for key in value)


def _is_condition(condition) -> bool:
	"""[field, operator, value], or the same with a DocType before, and perhaps more behind."""
	if not isinstance(condition, list | tuple) or len(condition) < 3:
		return False
	*doctype, field, operator = condition[: 2 if len(condition) == 3 else 3]
	return (
		all(_matches(DOCTYPE, name) for name in doctype)
		and _matches(FILTERED, field)
		and _is_closed(field, operator)
	)


def _matches(pattern, value) -> bool:
	return isinstance(value, str) and bool(pattern.fullmatch(value.strip()))


def _is(pattern) -> Callable[..., bool]:
	return lambda value: not isinstance(value, str) or not value or _matches(pattern, value)


# The keys under which a request, or a document in it, holds parts of queries -> what is plain there.
PARTS = (
	(re.compile(r"fields|field|fieldnames?|filter_fields|searchfield|stats|pluck|link_field|aggregate_on(?:_field)?|(?:.*_)?based_on|sort_by|sort_field"), _are_fields),
	(re.compile(r"order_by|group_by"), _are_orders),
	(re.compile(r"(?:.*_)?filters(?:_json)?"), _are_filters),
	(re.compile(r"sort_order"), _is(DIRECTION)),
	(re.compile(r"(?:.*_)?doctype"), _is(DOCTYPE)),
	(re.compile(r"start|limit|limit_start|limit_page_length|page_length"), lambda value: _matches(COUNT, str(value or ""))),
)  # fmt: skip


def _parts(value) -> Iterator[tuple]:
	"""Yield each part of a query in `value`, with the test for it.

	Each as it was sent, and not `unfolded`: a text among filters is SQL, however much it looks like a condition.
	"""
	if isinstance(value, str) and value.strip()[:1] in ("{", "["):
		value = parsed_json(value)
	if isinstance(value, dict):
		for key, inner in value.items():
			for pattern, is_plain in PARTS:
				if pattern.fullmatch(str(key)):
					yield is_plain, inner
			yield from _parts(inner)
	elif isinstance(value, list | tuple):
		for inner in value:
			yield from _parts(inner)
