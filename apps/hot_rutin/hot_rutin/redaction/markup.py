"""Markup is kept out of what others' desks and mails show, or run as a template."""

import re

import frappe
from frappe import _
from frappe.model import no_value_fields

from hot_rutin.access.policy import (
	OWN_MODULE,
)
from hot_rutin.case.validation import (
	LONGEST_COMMENT,
	LONGEST_TEXT,
	check_length,
)

# What is read in others' desks and mails, where the rest may hold anything, by DocType. In names, quotation marks would end an attribute.
NAMES = {
	"User": ("first_name", "middle_name", "last_name", "full_name", "username", "location"),
	"Elected Representative": ("full_name",),
	"Disqualification": (),
}
# What would end an attribute, or a line of a mail, or turn round what is read after it. With an @, one would be taken for
# another's address at the sign-in page.
MARKS = re.compile(r"[<>\"`=\x00-\x1f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
# What a desk or a mail of the framework runs, or fetches from the server's disk ...
RUNS = re.compile(r"<|embed\s*=|" + r"[\t\r\n]*".join("javascript:"), re.IGNORECASE)
# ... and what it runs where settings are templates.
RUNS_IN_SETTINGS = re.compile(r"[<{]|embed\s*=", re.IGNORECASE)


def keep_markup_out(doc, _method=None) -> None:
	"""`before_validate` hook: raise `frappe.ValidationError` where a text could be more than that in others' desks and mails.

	The framework puts names and settings into its mails, runs templates in some of them, and attaches any file on the server
	that one names.
	"""
	names = [doc.name, *map(doc.get, NAMES.get(doc.doctype, ()))]
	if any(MARKS.search(str(name or "")) for name in names) or "@" in (doc.get("username") or ""):
		frappe.throw(_("A name holds no angle brackets or quotation marks. Take them out and save again."))
	for part in [doc, *doc.get_all_children()]:
		runs = RUNS if part != doc or doc.doctype in NAMES else RUNS_IN_SETTINGS
		for field in part.meta.get("fields", {"fieldtype": ("not in", frappe.model.no_value_fields)}):
			value = part.get(field.fieldname)
			if isinstance(value, str) and part.has_value_changed(field.fieldname):
				# What the framework cleans costs the square of its length.
				longest = LONGEST_COMMENT if "<" in value else LONGEST_TEXT
				check_length(value, _(field.label or field.fieldname), longest)
			if (
				isinstance(value, str)
				and runs.search(value)
				and part.has_value_changed(field.fieldname)
				# Nobody is sent a signature from here.
				and field.fieldname != "email_signature"
			):
				frappe.throw(
					_("{0} holds only text here: no angle brackets, braces or the like.").format(
						_(field.label)
					)
				)


# What is no text, or is shown as the code that it is.
UNFILTERED = (*no_value_fields, "Code", "HTML Editor", "JSON", "Markdown Editor", "Password")


def keep_markup_out_of_json(doc, _method=None) -> None:
	"""`before_validate` hook of every DocType: take out the signs of HTML from texts that look like JSON.

	Frappe filters all others. A guest's name that cannot sign in is such a text, and a list of the log draws it.
	"""
	if frappe.flags.in_install or frappe.flags.in_migrate:
		return
	if doc.doctype == "Comment" or doc.meta.module == OWN_MODULE:
		return  # refused in registers and settings (see `keep_markup_out`), shown as text in cases (see `case.markup`)
	for field in doc.meta.get("fields", {"fieldtype": ("not in", UNFILTERED)}):
		value = doc.get(field.fieldname)
		if isinstance(value, str) and "<" in value and value.strip()[:1] in ("[", "{", '"'):
			doc.set(field.fieldname, re.sub("[<>]", "", value))
