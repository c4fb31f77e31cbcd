from frappe.model.document import Document


class IncidentChannel(Document):
	pass
