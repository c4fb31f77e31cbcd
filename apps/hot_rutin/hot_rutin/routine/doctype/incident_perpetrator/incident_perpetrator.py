from frappe.model.document import Document


class IncidentPerpetrator(Document):
	pass
