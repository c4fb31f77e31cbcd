import frappe
from frappe import _
from frappe.model.document import Document

from hot_rutin.access.conditions import capacities, roles_of
from hot_rutin.access.policy import ADMINISTRATOR, EXPOSED, OFFICER
from hot_rutin.case.checklist import follow_the_record
from hot_rutin.case.validation import check_texts
from hot_rutin.reminders import handover


class Disqualification(Document):
	"""Jäv: an officer who may not handle one case. They lose sight of it at once; the deputy or strategist takes over."""

	def validate(self):
		if not self.is_new() and self.owner != frappe.session.user:
			# Whoever has changed it would be named to whoever made it.
			frappe.throw(
				_("Only whoever has made this may change it. Make one of your own."), frappe.PermissionError
			)
		check_texts(self)
		self.case_name = (self.case_name or "").strip().upper()
		held = capacities(self.case_name)
		if EXPOSED not in held and not self.by_administrator():
			frappe.throw(_("There is no case of yours with this code. Check the code and try again."))
		if OFFICER not in roles_of(self.officer):
			frappe.throw(_("{0} is not a security officer.").format(self.officer))
		# Of one's own: that somebody else has made one is for them to know.
		same = {
			"case_name": self.case_name,
			"officer": self.officer,
			"owner": self.owner or frappe.session.user,
		}
		if frappe.db.exists("Disqualification", same) != (None if self.is_new() else self.name):
			frappe.throw(_("The officer is disqualified for this case already."), frappe.DuplicateEntryError)

	def by_administrator(self) -> bool:
		"""Return whether an administrator, who knows a case by its code only, names an existing case."""
		return ADMINISTRATOR in roles_of() and bool(frappe.db.exists("Incident", self.case_name))

	def after_insert(self):
		follow_the_record(self.case_name)
		incident = frappe.get_doc("Incident", self.case_name)
		if handover.holder(incident) == OFFICER and not incident.led_by_strategist:
			handover.tell(OFFICER, incident)

	def on_trash(self):
		"""Raise `frappe.PermissionError` for somebody else's."""
		if frappe.request and self.owner != frappe.session.user:
			frappe.throw(
				_("Only whoever has made this may change it. Make one of your own."), frappe.PermissionError
			)

	def after_delete(self):
		follow_the_record(self.case_name)
