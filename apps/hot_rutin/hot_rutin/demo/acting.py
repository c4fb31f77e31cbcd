"""Acting as a demo person, through the same rules as anybody else."""

from contextlib import contextmanager

import frappe
from frappe.model.workflow import apply_workflow

from hot_rutin.demo import user_of


@contextmanager
def acting(name: str):
	"""Act as the demo person `name`."""
	before = frappe.session.user
	become(user_of(name))
	try:
		yield
	finally:
		become(before)


def become(user: str) -> None:
	"""Act as `user`, and keep what is cached (each entry names its user): else all DocTypes were fetched anew for each act."""
	cached = frappe.local.cache
	frappe.set_user(user)
	frappe.local.cache = cached


def change(name: str, doctype: str, document: str, **values) -> None:
	"""Let `name` write in a document: a list is rows to add, anything else a value."""
	with acting(name):
		doc = frappe.get_doc(doctype, document)
		for field, value in values.items():
			if isinstance(value, list):
				doc.extend(field, value)
			else:
				doc.set(field, value)
		doc.save()


def press(name: str, doctype: str, document: str, action: str) -> None:
	"""Let `name` press a workflow button."""
	with acting(name):
		apply_workflow(frappe.get_doc(doctype, document), action)
