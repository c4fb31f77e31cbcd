from frappe.model.document import Document


class PublishedFigure(Document):
	pass
