import frappe
from frappe import _
from frappe.model.document import Document

from hot_rutin import reminders
from hot_rutin.people import DEPUTY, LINES
from hot_rutin.plausibility import check_texts


class RoutineStep(Document):
	"""One of the routine's actions: its words, who answers for it, what proves it, and by when."""

	def validate(self):
		check_texts(self)
		if self.responsible_role not in LINES:
			answering = ", ".join(_(role) for role in LINES if role != DEPUTY)
			frappe.throw(
				_("Somebody with a part in the case answers for a step. Choose one of: {0}.").format(
					answering
				)
			)

	def on_update(self):
		reminders.ask_for_a_new_plan()
