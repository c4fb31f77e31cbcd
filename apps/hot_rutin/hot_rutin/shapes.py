"""Where a request may hold more than a text or a number. Elsewhere an object or a list would be taken for a condition.

Most of the framework's methods look up what they are given before they ask for permissions, and take an object for a filter: the
answer, or the error, tells whether any row meets it. So lists and objects are let through where the desk sends them, and in the
depth that it sends.
"""

import re
from collections.abc import Callable

from hot_rutin.query_parts import parsed_json

# Texts that somebody has written, or searches for, which may look like an object.
TEXTS = re.compile(r"content|html|txt|text|search_term|pwd|\w*password")
# What the desk notes beside a document's fields. The framework would take a name from there.
NOTES = {
	"__checked",
	"__islocal",
	"__last_sync_on",
	"__linked_docs",
	"__onload",
	"__run_link_triggers",
	"__unedited",
	"__unsaved",
}


def is_well_formed(values: dict) -> bool:
	"""Return whether the parameters of a method or a list hold nothing but what the desk sends."""
	return all(_shape(key)(_unfolded(str(key), value)) for key, value in values.items())


def is_document(value) -> bool:
	"""Return whether each field holds a value, or rows of values. Frappe looks up links before it asks who wants to know."""
	if isinstance(value, list):
		return all(is_document(document) for document in value)
	if not isinstance(value, dict):
		return _is_plain(value)
	return _holds_values(value, lambda field: _is_plain(field) or _are_rows(field))


def _are_rows(value) -> bool:
	return isinstance(value, list) and all(
		isinstance(row, dict) and _holds_values(row, _is_plain) for row in value
	)


def _holds_values(fields: dict, is_value: Callable[..., bool]) -> bool:
	return _is_name(fields.get("name")) and all(
		key in NOTES or (is_value(field) and not key.startswith("__")) for key, field in fields.items()
	)


def _is_plain(value) -> bool:
	return not isinstance(value, dict | list | tuple)


def _is_name(value) -> bool:
	# As a number with decimals it would find a row that the gate has not looked up.
	return _is_plain(value) and not isinstance(value, float)


def _is_anything(_value) -> bool:
	return True


def _holds_no_object(value) -> bool:
	return all(map(_holds_no_object, value)) if isinstance(value, list | tuple) else _is_plain(value)


def _is_flat(value) -> bool:
	"""An object of texts, or of lists of texts; or several."""
	if isinstance(value, list):
		return all(map(_is_flat, value))
	return all(map(_holds_no_object, value.values())) if isinstance(value, dict) else _is_plain(value)


def _is_document_or_names(value) -> bool:
	return is_document(value) if isinstance(value, dict) else _holds_no_object(value)


SHAPES = (
	(re.compile(r"(?:.*_)?filters(?:_json)?|page|settings|routes"), _is_flat),
	(re.compile(r"docs?|data"), is_document),
	(re.compile(r"fieldname"), _is_document_or_names),
	(re.compile(r"fields|filter_fields|items|stats|columns|visible_idx|selected_items"), _holds_no_object),
	(re.compile(r"value"), _is_plain),
	# Kept for their owner as they are, and asked of the browser alone.
	(re.compile(r"user_settings|config"), _is_anything),
)


def _shape(key) -> Callable[..., bool]:
	return next((is_right for pattern, is_right in SHAPES if pattern.fullmatch(str(key))), _is_name)


def _unfolded(key, value):
	if (
		not isinstance(value, str)
		or value.strip()[:1] not in ("{", "[")
		or key == "value"
		or TEXTS.fullmatch(key)
	):
		return value
	parsed = parsed_json(value)
	return value if parsed is None else parsed
