from frappe.model.document import Document


class HotRutinSettings(Document):
	pass
