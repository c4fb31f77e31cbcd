from frappe.model.document import Document


class MaskedCopyPart(Document):
	pass
