from frappe.model.document import Document


class SupportOrder(Document):
	pass
