"""Close on an earlier site what a new one gets closed (see `install`)."""

import frappe

from hot_rutin.access import CHOICES, LOGS, READERS, REGISTERS

COUNTED = (*READERS, *REGISTERS, *LOGS, *CHOICES, "User", "Workflow State")


def execute():
	"""Give answers without tracebacks, and forget how often each document has been linked to."""
	frappe.db.set_single_value("System Settings", "allow_error_traceback", 0)
	frappe.cache.delete_value("_link_count")
	for doctype in COUNTED:
		if frappe.db.table_exists(doctype):
			frappe.db.set_value(doctype, {"idx": ("!=", 0)}, "idx", 0, update_modified=False)
