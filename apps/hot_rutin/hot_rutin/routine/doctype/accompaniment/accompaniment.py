from frappe.model.document import Document


class Accompaniment(Document):
	pass
