from frappe.model.document import Document


class PoliceContact(Document):
	pass
