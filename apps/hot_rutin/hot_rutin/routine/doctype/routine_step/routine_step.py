from frappe.model.document import Document

from hot_rutin import reminders
from hot_rutin.plausibility import check_texts


class RoutineStep(Document):
	"""One of the routine's actions: its words, who answers for it, what proves it, and by when."""

	def validate(self):
		check_texts(self)

	def on_update(self):
		reminders.ask_for_a_new_plan()
