from frappe.model.document import Document

from hot_rutin.plausibility import check_texts


class RoutineStep(Document):
	def validate(self):
		check_texts(self)
