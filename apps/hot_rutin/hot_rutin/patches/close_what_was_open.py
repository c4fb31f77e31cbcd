"""Close on an earlier site what a new one gets closed (see `install`)."""

import frappe

from hot_rutin.access.policy import CHOICES, LOGS, READERS, REGISTERS

COUNTED = (*READERS, *REGISTERS, *LOGS, *CHOICES, "User", "Workflow State")


def execute():
	"""Give answers without tracebacks, end sessions in our own time, and forget how often each document has been linked to."""
	for setting in ("allow_error_traceback", "logout_on_password_reset"):
		frappe.db.set_single_value("System Settings", setting, 0)
	frappe.cache.delete_value("_link_count")
	for doctype in COUNTED:
		if frappe.db.table_exists(doctype):
			frappe.db.set_value(doctype, {"idx": ("!=", 0)}, "idx", 0, update_modified=False)
