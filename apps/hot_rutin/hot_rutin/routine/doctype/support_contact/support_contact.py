from frappe.model.document import Document


class SupportContact(Document):
	pass
