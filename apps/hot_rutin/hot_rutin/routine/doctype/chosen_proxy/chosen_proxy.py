from frappe.model.document import Document


class ChosenProxy(Document):
	pass
