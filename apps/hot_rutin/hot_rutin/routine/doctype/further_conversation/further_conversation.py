from frappe.model.document import Document


class FurtherConversation(Document):
	pass
