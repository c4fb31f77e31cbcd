from frappe.model.document import Document

from hot_rutin.case.validation import check_texts


class IncidentCategory(Document):
	def validate(self):
		check_texts(self)
