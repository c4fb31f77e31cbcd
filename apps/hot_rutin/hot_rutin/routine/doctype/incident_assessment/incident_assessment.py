from frappe.model.document import Document


class IncidentAssessment(Document):
	pass
