from frappe.model.document import Document


class PoliceDecision(Document):
	pass
