from frappe.model.document import Document


class IncidentConsequence(Document):
	pass
