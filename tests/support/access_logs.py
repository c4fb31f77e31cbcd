"""What the logs of reading and of access hold, and the ways of reading that they tell apart."""

import json
import re

import frappe
from attack import ask, method
from in_process import site


def ways(case):
	"""Request for one reading -> the ways that it is logged by."""
	name = case.name
	read = "frappe.client.get"
	content = ["what_happened"]
	return [
		(method("frappe.desk.form.load.getdoc", doctype="Incident", name=name), "Form"),
		(ask("REST", f"/api/resource/Incident/{name}"), "REST"),
		(ask("lower case", f"/api/resource/Incident/{name.lower()}"), "REST"),
		(method(read, doctype="Incident", name=name), "REST"),
		(method(read, doctype="Incident", filters={"name": ["like", f"%{name[2:]}"]}), "REST"),
		(ask("list", "/api/resource/Incident", filters=json.dumps({"name": name})), "List"),
		(ask("list without names", "/api/resource/Incident", fields='["what_happened"]', filters=json.dumps({"name": ["like", f"%{name[2:]}"]})), "List"),
		(method("frappe.client.get_list", doctype="Incident", fields=content, filters={"name": ["like", f"%{name[2:]}"]}), "List"),
		(method("frappe.client.get_value", doctype="Incident", fieldname="what_happened", filters={"name": ["like", f"%{name[2:]}"]}), "List"),
		(method("frappe.desk.reportview.get", doctype="Incident", fields=content, filters={"name": ["like", f"%{name[2:]}"]}), "List"),
		(method("frappe.client.validate_link", doctype="Incident", docname=name, fields=content), "REST"),
		(ask("print", "/printview", doctype="Incident", name=name), "Print"),
		(method("frappe.www.printview.get_html_and_style", doc="Incident", name=name), "Print"),
		(method("frappe.utils.print_format.download_pdf", doctype="Incident", name=name), "PDF"),
	]  # fmt: skip


def recipients_of_last_mails():
	"""To whom the last 500 mails went, within a connection to the site."""
	recipients = frappe.get_all(
		"Email Queue Recipient", order_by="creation desc", limit=500, pluck="recipient"
	)
	return {re.sub(r".*<|>.*", "", recipient) for recipient in recipients}


def readings_of(stack, attack, reader, document):
	"""How often somebody is noted to have read a document."""
	with site(stack):
		return frappe.db.count(
			"Incident Access Log", {"user": attack.people[reader].user, "document": document}
		)


def changes_of(stack, user):
	"""What is noted of somebody's access, oldest first."""
	with site(stack):
		return frappe.get_all("Access Change", {"user": user}, pluck="change", order_by="creation")
