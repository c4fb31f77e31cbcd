from frappe.model.document import Document


class RoutineStep(Document):
	pass
