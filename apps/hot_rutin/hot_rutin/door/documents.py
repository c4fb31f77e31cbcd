"""A document as somebody may write it: its schema is the DocType's own, each field typed by its field type."""

import frappe
from frappe import _
from frappe.model import no_value_fields, table_fields
from pydantic import TypeAdapter, ValidationError

from hot_rutin.door.values import MOST_ROWS, Name, of_field
from hot_rutin.plausibility import LONGEST_LINE, LONGEST_TEXT, check_length

# What the framework says of a document, and the desk beside it: rebuilt from what is stored, by whom and when.
REBUILT = {
	"owner", "creation", "modified_by", "idx", "parent", "parenttype", "parentfield", "localname", "_user_tags", "_comments",
	"_assign", "_liked_by", "_seen", "__checked", "__last_sync_on", "__linked_docs", "__onload", "__run_link_triggers",
	"__unedited", "__unsaved",
}  # fmt: skip
STORED_NAME = TypeAdapter(Name | None)
ROWS = TypeAdapter(list[dict])


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
		rows = ROWS.validate_python(value or [])
		if len(rows) > MOST_ROWS:
			raise ValueError("too many rows")
		return [typed_document(field.options, row) for row in rows]
	value = of_field(field.fieldtype, value)
	if field.fieldtype in no_value_fields and value not in (None, ""):
		raise ValueError("holds no value")
	if isinstance(value, str):
		line = int(field.length or LONGEST_LINE)
		check_length(value, _(field.label), line if field.fieldtype == "Data" else LONGEST_TEXT)
	return value
