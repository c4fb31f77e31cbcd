"""A log whose rows are added and never changed or deleted, by anybody."""

import frappe
from frappe import _
from frappe.model.document import Document


class AppendOnly(Document):
	"""Base of the logs."""

	def before_insert(self):
		"""Raise `frappe.PermissionError` where somebody writes a row by hand: the event that it tells of writes it."""
		if not self.flags.ignore_permissions:
			self.refuse()

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
		frappe.throw(
			_("A row of this log is never made by hand, changed or deleted."), frappe.PermissionError
		)
