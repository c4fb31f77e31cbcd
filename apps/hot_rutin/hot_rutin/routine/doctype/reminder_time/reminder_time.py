from frappe.model.document import Document


class ReminderTime(Document):
	pass
