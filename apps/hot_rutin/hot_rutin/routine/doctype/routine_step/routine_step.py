import frappe
from frappe import _
from frappe.model.document import Document

from hot_rutin.case.people import DEPUTY, LINES
from hot_rutin.case.validation import check_texts
from hot_rutin.reminders import step_reminders


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
		step_reminders.ask_for_a_new_plan()
