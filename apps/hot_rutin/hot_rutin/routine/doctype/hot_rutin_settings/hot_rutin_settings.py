import frappe
from frappe import _, throw
from frappe.model.document import Document
from frappe.utils import escape_html

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
		frappe.clear_cache()  # the telephone numbers reach the desk with all else that it is started with


def contact_numbers() -> list[dict]:
	"""Return the telephone numbers (`label` and `phone`, safe to show as HTML) that stand on the forms of a case."""
	settings = frappe.get_cached_doc("Hot Rutin Settings")
	numbers = (
		(_("Police, Not Urgent"), settings.police_phone),
		(_("Municipal Security Strategist"), settings.strategist_phone),
		(settings.health_service_name or _("Occupational Health Service"), settings.health_service_phone),
	)
	return [{"label": escape_html(label), "phone": escape_html(phone)} for label, phone in numbers if phone]
