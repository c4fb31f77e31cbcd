from datetime import timedelta

import frappe
from frappe import _, throw
from frappe.model.document import Document
from frappe.utils import cint, to_timedelta

from hot_rutin.case.validation import check_texts
from hot_rutin.reminders import step_reminders

LONGEST_QUIET = timedelta(hours=12)
LONGEST_PAUSE = 31  # days
LARGEST_NUMBER = 1_000  # hours, days: no time that anybody waits for


class HotRutinSettings(Document):
	"""Deadlines, the plan of reminders, texts and telephone numbers: what a municipality sets for itself."""

	def validate(self):
		check_texts(self)
		if cint(self.again_after_days) < 1:
			throw(_("When late, again every: give at least one day."))
		for part in [self, *self.get_all_children()]:
			for field in part.meta.get("fields", {"fieldtype": "Int"}):
				if cint(part.get(field.fieldname)) > LARGEST_NUMBER:
					throw(_("{0}: {1} at the most.").format(_(field.label), LARGEST_NUMBER))
		if cint(self.again_after_days) > LONGEST_PAUSE:
			throw(_("When late, again every: give {0} days at the most.").format(LONGEST_PAUSE))
		if bool(self.quiet_from) != bool(self.quiet_to):
			throw(_("Quiet hours: give both times, or neither."))
		if (
			self.quiet_from
			and (to_timedelta(str(self.quiet_to)) - to_timedelta(str(self.quiet_from))) % timedelta(days=1)
			> LONGEST_QUIET
		):
			throw(_("Quiet hours: twelve at the most, or no reminders would go out."))

	def on_update(self):
		step_reminders.ask_for_a_new_plan()
		frappe.clear_cache()  # the telephone numbers reach the desk with all else that it is started with
