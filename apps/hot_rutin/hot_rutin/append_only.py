"""A log whose rows are added and never changed or deleted, by anybody."""

import frappe
from frappe import _
from frappe.model.document import Document


class AppendOnly(Document):
	"""Base of the logs."""

	def validate(self):
		if not self.is_new():
			self.refuse()

	def on_trash(self):
		self.refuse()

	def before_rename(self, *_names, **_options):
		self.refuse()

	def db_set(self, *_values, **_options):
		self.refuse()

	def refuse(self):
		"""Raise `frappe.PermissionError`."""
		frappe.throw(_("A row of this log is never changed or deleted."), frappe.PermissionError)
