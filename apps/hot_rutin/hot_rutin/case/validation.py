"""Checks of what people type, with errors that say what to do. Nothing is cut off or cleaned silently."""

import re
from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.utils import get_datetime, getdate, now_datetime, validate_phone_number

# Longest free text in characters: some ten pages. Longer material is attached as a file.
LONGEST_TEXT = 20_000
# Longest one-line text in characters, as Frappe stores it.
LONGEST_LINE = 140
# Longest comment or signature, with its markup, and longest password: the framework's Markdown, and what rates passwords, cost the square of it.
# These cost half a second, and one.
LONGEST_COMMENT = 4_000
LONGEST_PASSWORD = 40
# An address of this system's own. A browser takes `/\\` for `//`.
OWN_ADDRESS = re.compile(r"/(?![/\\])[^\s\\]*\Z")
# A telephone's clock may be ahead of the server's.
CLOCK_DIFFERENCE = timedelta(minutes=5)


def check_texts(doc) -> None:
	"""Raise `frappe.ValidationError` for a text that is too long, or is no telephone number where one is asked for, in `doc` and
	its rows."""
	for part in [doc, *doc.get_all_children()]:
		for field in part.meta.get("fields", {"fieldtype": ("in", ("Data", "Small Text", "Text"))}):
			value = part.get(field.fieldname)
			if not isinstance(value, str) or field.read_only:
				continue
			check_length(value, _(field.label), LONGEST_LINE if field.fieldtype == "Data" else LONGEST_TEXT)
			# Frappe's own refusal holds what was typed, which the desk would draw.
			if field.options == "Phone" and value and not validate_phone_number(value):
				frappe.throw(
					_("{0} is not a valid Phone Number").format(_(field.label)),
					frappe.InvalidPhoneNumberError,
				)


def check_length(value: str, label: str, longest: int) -> None:
	"""Raise `frappe.ValidationError` for a text of more than `longest` characters."""
	if len(value) > longest:
		frappe.throw(
			_(
				"{0} holds {1} characters; there is room for {2}. Shorten it, or attach the text as a file."
			).format(label, len(value), longest),
			title=_("Text Too Long"),
		)


def check_not_future(doc, *fieldnames: str) -> None:
	"""Raise `frappe.ValidationError` where a time in `fieldnames` lies ahead of now."""
	for fieldname in fieldnames:
		value = doc.get(fieldname)
		if value and get_datetime(value) > now_datetime() + CLOCK_DIFFERENCE:
			frappe.throw(
				_("{0} is in the future. Give the time when it happened.").format(_label(doc, fieldname)),
				title=_("Check the Time"),
			)


def check_order(doc, start: str, end: str) -> None:
	"""Raise `frappe.ValidationError` where the time in field `end` lies before that in field `start`."""
	if doc.get(start) and doc.get(end) and get_datetime(doc.get(end)) < get_datetime(doc.get(start)):
		frappe.throw(
			_("{0} is before {1}. Correct one of the times.").format(_label(doc, end), _label(doc, start)),
			title=_("Check the Time"),
		)


def check_days(rows) -> None:
	"""Raise `frappe.ValidationError` for a row whose `to_date`, the last day, lies before its `from_date`."""
	for row in rows:
		if row.to_date and getdate(row.to_date) < getdate(row.from_date):
			frappe.throw(_("Row {0}: the last day is before the first.").format(row.idx))


def in_whole_seconds(value) -> datetime | None:
	"""Return the time without fractions of a second, which forms do not show and would seem to change."""
	return get_datetime(value).replace(microsecond=0) if value else None


def in_whole_minutes(value) -> datetime | None:
	"""Return the time as the desk's form can show it; with seconds it would seem changed as soon as it is opened."""
	return get_datetime(value).replace(second=0, microsecond=0) if value else None


def _label(doc, fieldname):
	label = _(doc.meta.get_label(fieldname))
	if doc.get("parentfield"):
		return _("{0} (row {1})").format(label, doc.idx)
	return label
