from frappe.model.document import Document


class RepresentativeGender(Document):
	pass
