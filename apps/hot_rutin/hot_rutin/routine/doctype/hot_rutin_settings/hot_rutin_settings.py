from frappe import _, throw
from frappe.model.document import Document

from hot_rutin import reminders
from hot_rutin.plausibility import check_texts


class HotRutinSettings(Document):
	"""Deadlines, the plan of reminders, texts and telephone numbers: what a municipality sets for itself."""

	def validate(self):
		check_texts(self)
		if not self.again_after_days:
			throw(_("When late, again every: give at least one day."))
		if bool(self.quiet_from) != bool(self.quiet_to):
			throw(_("Quiet hours: give both times, or neither."))

	def on_update(self):
		reminders.ask_for_a_new_plan()
