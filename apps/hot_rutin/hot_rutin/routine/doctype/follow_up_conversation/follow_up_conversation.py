from frappe.model.document import Document


class FollowupConversation(Document):
	pass
