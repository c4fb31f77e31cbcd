import frappe
from frappe import _
from frappe.utils import now_datetime

from hot_rutin.access.policy import OFFICER
from hot_rutin.access.writing import OWN_ANSWER
from hot_rutin.case import steps
from hot_rutin.case.checklist import add_checklist, documents_of, follow_the_record, update_checklist
from hot_rutin.case.document import CaseDocument
from hot_rutin.case.people import signature
from hot_rutin.case.validation import check_not_future, check_order, in_whole_seconds


class Followup(CaseDocument):
	"""Uppföljning (3.2.4): conversations, needs and professional support. One for each incident, opened with it."""

	def autoname(self):
		self.name = "U-" + self.incident.removeprefix("H-")

	def extra_levels(self, held):
		"""The answer on support is the exposed person's own. Where they have no account, the officer writes it down."""
		is_open = self.get_latest().workflow_state != "Completed"
		if OFFICER in held and is_open and not self.representative_has_account():
			return {OWN_ANSWER}
		return set()

	def representative_has_account(self) -> bool:
		"""Return whether the exposed person can sign in and answer for themself."""
		representative = frappe.db.get_value("Incident", self.incident, "exposed_representative")
		user = frappe.db.get_value("Elected Representative", representative, "user")
		return bool(user and frappe.db.get_value("User", user, "enabled"))

	def before_validate(self):
		super().before_validate()
		now, user = in_whole_seconds(now_datetime()), signature()
		before = {} if self.is_new() else {row.name: row for row in self.get_latest().get_all_children()}
		for row in self.conversations:
			if row.notes and not (before.get(row.name) or {}).get("notes"):
				row.documented_on, row.documented_by = now, user
		for row in self.support_needs:
			if row.answer and row.answer != (before.get(row.name) or {}).get("answer"):
				row.answered_on, row.answered_by = now, user

	def validate(self):
		super().validate()
		for row in self.conversations:
			check_not_future(row, "held_on")
		for row in self.further_conversations:
			check_not_future(row, "assessed_on", "held_on")
		for row in self.support_orders:
			check_not_future(row, "ordered_on", "called_off_on")
			check_order(row, "ordered_on", "called_off_on")
		need = steps.latest_need(self)
		self.support_needed = need.answer if need else None
		self.update_checklist()
		self.check_moves()

	def update_checklist(self):
		"""Set the five steps of 3.2.4, and by when the first conversation is to be held."""
		update_checklist(self, documents_of(self.incident, follow_up=self))
		self.due_on = next((row.due_on for row in self.steps if row.due_on), None)

	def check_moves(self):
		"""3.2.4: each button needs what its state is named for; the error says what is missing."""
		case = steps.Case(None, follow_up=self)
		needed = {
			"Conversation Held": [
				(steps.conversation_held, _("when and with whom the conversation was held"))
			],
			"Needs Assessed": [
				(steps.conversation_documented, _("the documentation of the conversation")),
				(steps.further_conversation_assessed, _("whether further conversations are needed")),
				(
					steps.support_need_answered,
					_(
						"the exposed person's own answer on professional support, and with whom it was discussed"
					),
				),
			],
			"Support Ordered": [(steps.support_ordered, _("when the support was ordered and called off"))],
		}.get(self.workflow_state, [])
		if self.moved_to(self.workflow_state):
			missing = [text for proves, text in needed if not proves(case)]
			if missing:
				frappe.throw(
					_("Fill in first: {0}.").format(", ".join(missing)), title=_("Something Is Missing")
				)
		if self.moved_to("Needs Assessed") and self.support_needed == "Yes":
			if not frappe.db.get_value("Incident", self.incident, "strategist_contacted_on"):
				frappe.throw(
					_(
						"The strategist orders the support and has not been contacted yet. Choose Contact Strategist in {0} first."
					).format(self.incident),
					title=_("Contact the Strategist"),
				)

	def follow_incident(self, incident) -> None:
		"""Take over what the incident has changed: the time of the event, who leads the case, and that it is open again."""
		self.event_on, self.led_by_strategist = incident.event_on, incident.led_by_strategist
		if self.workflow_state == "Completed" and incident.workflow_state != "Closed":
			self.workflow_state = "Support Ordered" if self.support_needed == "Yes" else "Needs Assessed"
		self.flags.echo = True
		self.save(ignore_permissions=True)  # a change of the incident, by somebody who may write it there

	def on_update(self):
		if not self.is_new() and not self.flags.echo and not self.flags.in_insert:
			follow_the_record(self.incident, but_not=self)


def open_follow_up(incident) -> Followup:
	"""Open the follow-up of a new incident, due two weeks (see settings) after the event."""
	follow_up = frappe.get_doc(
		{
			"doctype": "Follow-up",
			"incident": incident.name,
			"event_on": incident.event_on,
			"led_by_strategist": incident.led_by_strategist,
			"workflow_state": "Planned",
		}
	)
	add_checklist(follow_up, "Follow-up")
	return follow_up.insert(ignore_permissions=True)  # nobody creates one by hand; the report does
