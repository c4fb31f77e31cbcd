"""A document as somebody may write it: its schema is the DocType's own, each field typed by its field type."""

import frappe
from frappe import _
from frappe.model import no_value_fields, table_fields
from pydantic import TypeAdapter, ValidationError

from hot_rutin.case.validation import LONGEST_LINE, LONGEST_TEXT, check_length
from hot_rutin.door.values import MOST_ROWS, Name, of_field

# What the framework says of a document, and the desk beside it: rebuilt from what is stored, by whom and when.
REBUILT = {
	"owner", "creation", "modified_by", "idx", "parent", "parenttype", "parentfield", "localname", "_user_tags", "_comments",
	"_assign", "_liked_by", "_seen", "__checked", "__last_sync_on", "__linked_docs", "__onload", "__run_link_triggers",
	"__unedited", "__unsaved", "__islocal",
}  # fmt: skip
STORED_NAME = TypeAdapter(Name | None)


def typed_document(doctype: str, values: dict) -> dict:
	"""Return a document, or some of its values, typed. Raises `ValueError`, naming the field."""
	if values.get("parent") or values.get("parenttype"):
		# The framework would save whatever it says that it is a row of.
		raise ValueError("a row is no document")
	return _typed(doctype, values)


def _typed(doctype, values):
	meta, typed = frappe.get_meta(doctype), {}
	for key, value in values.items():
		try:
			if key == "doctype" and value != doctype:
				raise ValueError("another DocType")
			elif key in ("name", "modified", "doctype"):
				typed[key] = _name(value)
			elif key == "docstatus":
				if value not in (0, "0", None):
					raise ValueError("nothing here is submitted")
			elif key == "__islocal":
				typed[key] = int(value or 0)
			elif key not in REBUILT:
				typed[key] = _value(meta.get_field(key), value)
		except ValueError as error:
			raise ValueError(f"{str(key)[:100]}: {str(error)[:100]}") from None
	return typed


def _name(value):
	try:
		return STORED_NAME.validate_python(value or None)
	except ValidationError:  # would tell the value
		raise ValueError("not a name") from None


def _value(field, value):
	if not field:
		raise ValueError("no such field")
	if field.fieldtype in table_fields:
		if value in (None, ""):
			return []
		if (
			not isinstance(value, list)
			or len(value) > MOST_ROWS
			or not all(isinstance(row, dict) for row in value)
		):
			raise ValueError("rows are needed")
		return [_typed(field.options, row) for row in value]
	value = of_field(field.fieldtype, value)
	if field.fieldtype in no_value_fields:
		if value not in (None, ""):
			raise ValueError("holds no value")
	elif isinstance(value, str):
		line = int(field.length or LONGEST_LINE)
		check_length(value, _(field.label), line if field.fieldtype == "Data" else LONGEST_TEXT)
	return value
