import frappe
from frappe import _
from frappe.utils import now_datetime

from hot_rutin.case import steps
from hot_rutin.case.checklist import clock_times, follow_the_record
from hot_rutin.case.deadlines import due_on
from hot_rutin.case.document import CaseDocument
from hot_rutin.case.people import signature
from hot_rutin.case.validation import check_not_future, in_whole_seconds


class PoliceReport(CaseDocument):
	"""Polisanmälan (3.1.3): the extract that a report needs, and its filing. All that the director reads of a case."""

	def autoname(self):
		code = self.incident.removeprefix("H-")
		earlier = frappe.db.count("Police Report", {"incident": self.incident})
		self.name = f"P-{code}" + (f"-{earlier + 1}" if earlier else "")

	def validate(self):
		super().validate()
		check_not_future(self, "event_on", "filed_on")
		if self.moved_to("Returned") and not self.return_reason:
			frappe.throw(
				_("Write why you return it, at the bottom of the tab Filing. Save, and choose Return again."),
				title=_("Something Is Missing"),
			)
		if self.moved_to("Filed"):
			self.check_filing()
			self.filed_by = signature()
		if self.moved_to("Requested"):
			self.requested_on = in_whole_seconds(now_datetime())
			self.return_reason = None
			self.due_on = due_on(
				"Police Report",
				clock_times(steps.Case(frappe.get_doc("Incident", self.incident), self)),
				frappe.get_cached_doc("Hot Rutin Settings").as_dict(),
			)

	def check_filing(self):
		"""3.1.3: filed with a time, the political link stated, and protected access asked for or the reason why not."""
		missing = []
		if not self.filed_on:
			missing.append(_("when the report was filed"))
		if not self.political_link_stated:
			missing.append(_("that the political link was stated"))
		if not self.protected_access:
			missing.append(_("whether protected access was requested"))
		if self.protected_access == "Not Requested" and not self.protected_access_reason:
			missing.append(_("the reason that protected access was not requested"))
		if missing:
			frappe.throw(
				_("Fill in before you record the filing: {0}.").format(", ".join(missing)),
				title=_("Something Is Missing"),
			)

	def on_update(self):
		before = self.get_doc_before_save()
		if not before or before.workflow_state == self.workflow_state or self.flags.echo:
			return
		state = {
			"Filed": "Support and Information",
			"Returned": "Police Consultation",
			"Requested": "Awaiting Police Report",
		}.get(self.workflow_state)
		incident_state = frappe.db.get_value("Incident", self.incident, "workflow_state")
		waits = ("Police Consultation", "Awaiting Police Report")
		follow_the_record(self.incident, state if incident_state in waits else None, but_not=self)


def request_police_report(incident) -> PoliceReport:
	"""Return the police report that the strategist requests (3.1.3): the returned one again, or a new one.

	A new one holds an extract of the incident; the strategist edits it down.
	"""
	returned = frappe.db.get_value("Police Report", {"incident": incident.name, "workflow_state": "Returned"})
	if returned:
		report = frappe.get_doc("Police Report", returned)
		report.workflow_state = "Requested"
	else:
		report = frappe.get_doc(
			{
				"doctype": "Police Report",
				"incident": incident.name,
				"workflow_state": "Requested",
				"decided_on": incident.police_decisions[-1].decided_on,
				"person_name": incident.exposed_name,
				"person_contact": incident.contact_phone,
				"event_on": incident.event_on,
				"place": incident.place,
				"what_happened": incident.what_happened,
				"police_advice": "\n".join(row.advice for row in incident.police_contacts if row.advice),
			}
		)
	report.flags.echo = True
	report.save(ignore_permissions=True)  # nobody may create one by hand; the request makes it
	return report


def withdraw_police_report(incident) -> bool:
	"""Withdraw the case's unfiled report, if any: the exposed person has taken back the decision (3.1.3)."""
	unfiled = frappe.db.get_value(
		"Police Report",
		{"incident": incident.name, "workflow_state": ("in", ("Requested", "Approved", "Returned"))},
	)
	if not unfiled:
		return False
	report = frappe.get_doc("Police Report", unfiled)
	report.workflow_state = "Withdrawn"
	report.flags.echo = True
	report.save(ignore_permissions=True)  # the decision moves it; the exposed person may not write the report
	return True
