"""Links: methods of the framework that confirm any name. Each is called in the place of the one that it is named for."""

import frappe


@frappe.whitelist()
def validate_link(doctype: str, docname: str, fields: str | list | None = None) -> dict:
	"""`frappe.client.validate_link` confirms any name of a DocType that one may read something of."""
	from frappe.client import validate_link as stock

	is_checked = not frappe.get_meta(doctype).issingle and doctype != "DocType"
	# A name that is not there would be refused in other words than one that is not the reader's.
	if is_checked and not (
		frappe.db.exists(doctype, docname) and frappe.has_permission(doctype, "read", docname)
	):
		if not (
			frappe.has_permission(doctype, "select") and frappe.get_list(doctype, {"name": docname}, limit=1)
		):
			return frappe._dict(name=None)
	return stock(doctype, docname, fields)


@frappe.whitelist()
def get_link_title(doctype: str, docname: str) -> str:
	"""`frappe.desk.search.get_link_title` gives the title of any document."""
	from frappe.desk.search import get_link_title as stock

	if not frappe.db.exists(doctype, docname) or not frappe.has_permission(doctype, "read", docname):
		return docname
	return stock(doctype, docname)
