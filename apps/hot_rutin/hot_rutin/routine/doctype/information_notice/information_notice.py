from frappe.model.document import Document


class InformationNotice(Document):
	pass
