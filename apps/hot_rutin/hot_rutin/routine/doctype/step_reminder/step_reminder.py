from frappe.model.document import Document


class StepReminder(Document):
	pass
