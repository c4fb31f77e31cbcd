from frappe.model.document import Document


class AgeGroup(Document):
	pass
