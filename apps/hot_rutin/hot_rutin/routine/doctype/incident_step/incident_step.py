from frappe.model.document import Document


class IncidentStep(Document):
	pass
