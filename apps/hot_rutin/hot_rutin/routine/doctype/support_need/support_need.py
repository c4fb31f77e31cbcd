from frappe.model.document import Document


class SupportNeed(Document):
	pass
