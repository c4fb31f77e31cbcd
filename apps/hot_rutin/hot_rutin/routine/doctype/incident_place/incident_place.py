from frappe.model.document import Document


class IncidentPlace(Document):
	pass
