from frappe.model.document import Document


class ReminderMail(Document):
	pass
