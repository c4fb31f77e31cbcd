from frappe.model.document import Document


class PartyOfficer(Document):
	pass
