import frappe
from frappe import _
from frappe.utils import cstr, format_datetime, get_datetime, get_link_to_form, now_datetime

from hot_rutin.access.conditions import capacities, reporting_capacity
from hot_rutin.access.policy import EXPOSED, PROXY
from hot_rutin.case import steps
from hot_rutin.case.checklist import add_checklist, check_marks, documents_of, steps_for, update_checklist
from hot_rutin.case.deadlines import TIME_FORMAT
from hot_rutin.case.document import CaseDocument, lock_document, random_code
from hot_rutin.case.people import active_officers, dated_signature, signature
from hot_rutin.case.validation import check_not_future, check_order, in_whole_minutes, in_whole_seconds
from hot_rutin.routine.doctype.follow_up.follow_up import open_follow_up
from hot_rutin.routine.doctype.police_report.police_report import (
	request_police_report,
	withdraw_police_report,
)


class Incident(CaseDocument):
	"""Händelse: one event, from the report (3.1.1) to the closed case. Read by the exposed person's circle."""

	def autoname(self):
		self.name = f"H-{random_code()}"

	def before_insert(self):
		self.check_reporter()
		self.refuse_second_report()

	def check_reporter(self):
		"""3.1.1: the exposed person reports, or a proxy they chose, or their party's officer for them."""
		if not self.exposed_representative:
			frappe.throw(_("Say who was exposed: choose the representative."), frappe.MandatoryError)
		if not reporting_capacity(self.exposed_representative):
			frappe.throw(
				_(
					"You cannot report for this person. They can report themselves, or choose you as their proxy."
				),
				frappe.PermissionError,
			)

	def refuse_second_report(self):
		"""A form sent twice makes one case: the second one is told the name of the first, if they may read it still."""
		lock_document("Elected Representative", self.exposed_representative)
		found = frappe.get_list(
			"Incident",
			{
				"exposed_representative": self.exposed_representative,
				"event_on": in_whole_minutes(self.event_on),
				# A number would be equal to any text.
				"what_happened": cstr(self.what_happened),
				"owner": frappe.session.user,
			},
			pluck="name",
			limit=1,
		)
		if found:
			frappe.throw(
				_("You have reported this already. It is case {0}; write more there.").format(
					get_link_to_form("Incident", found[0], found[0])
				),
				frappe.DuplicateEntryError,
				title=_("Already Reported"),
			)

	def before_validate(self):
		super().before_validate()
		if self.is_new():
			self.fill_in_report()
		self.fill_in_rows()

	def fill_in_report(self):
		"""Record who reported, in which capacity and when, and which party answers: the one of today, for good."""
		person = frappe.db.get_value(
			"Elected Representative",
			self.exposed_representative,
			["full_name", "party", "phone"],
			as_dict=True,
		)
		self.exposed_name = person.full_name
		self.party = person.party
		self.contact_phone = self.contact_phone or person.phone
		self.reported_on = in_whole_seconds(now_datetime())
		self.reported_by = signature()
		self.reported_as = reporting_capacity(self.exposed_representative)
		self.proxy = frappe.session.user if self.reported_as == PROXY else None
		add_checklist(self)

	def fill_in_rows(self):
		"""Sign what people add: who recorded a decision and for whom, who approved a text."""
		held = {self.reported_as} if self.is_new() else capacities(self.name)
		for row in self.police_decisions:
			if row.is_new():
				row.recorded_by = signature()
				row.on_behalf = EXPOSED not in held
		before = {row.name: row for row in self.rows_before("information_notices")}
		for row in self.information_notices:
			earlier = before.get(row.name) or {}
			for approval, signed in (
				("approved_by_officer", "officer_approval"),
				("approved_by_strategist", "strategist_approval"),
			):
				if not row.get(approval):
					row.set(signed, None)
				elif not earlier.get(approval):
					row.set(signed, dated_signature())

	def rows_before(self, table: str) -> list:
		"""Return the rows of `table` as they are stored."""
		before = None if self.is_new() else self.get_latest()
		return before.get(table) if before else []

	def validate(self):
		super().validate()
		self.check_times()
		self.check_decisions()
		self.check_approvals()
		self.check_moves()
		self.led_by_strategist = not active_officers(self.party, self.name, self.exposed_representative)
		self.derive()
		self.move_police_report()
		if not (self.flags.ignore_permissions or self.is_new()):
			check_marks(self, self.rows_before("steps"))
		self.update_checklist()
		self.check_closing()

	def check_times(self):
		check_not_future(self, "event_on")
		for row in self.get_all_children():
			check_not_future(
				row, *(f for f in ("assessed_on", "contacted_on", "decided_on", "sent_on") if row.get(f))
			)
			if row.doctype in ("Support Contact", "Accompaniment"):
				check_not_future(row, "from_time")
				check_order(row, "from_time", "to_time")

	def check_decisions(self):
		"""3.1.3: a decision stands as it was recorded. A new one is a new row."""
		kept = {row.name: row for row in self.police_decisions}
		for earlier in self.rows_before("police_decisions"):
			row = kept.get(earlier.name)
			if not row or (row.decision, str(row.decided_on)[:16], row.told_to or "") != (
				earlier.decision,
				str(earlier.decided_on)[:16],
				earlier.told_to or "",
			):
				frappe.throw(_("A recorded decision stays as it is. Add a new row with the new decision."))

	def check_approvals(self):
		"""3.2.3: an approval is for one wording. What is approved does not change, and what is sent was approved."""
		before = {row.name: row for row in self.rows_before("information_notices")}
		for row in self.information_notices:
			earlier = before.get(row.name)
			if earlier and (row.notice_text, row.target_group) != (earlier.notice_text, earlier.target_group):
				self.approve_anew(row, earlier)
			joint = row.target_group in steps.TARGET_GROUPS
			if row.sent_on and not (row.approved_by_officer and (row.approved_by_strategist or not joint)):
				frappe.throw(
					_(
						"Information (row {0}): it can be sent when the officer{1} has approved the text."
					).format(row.idx, _(" and the strategist") if joint else "")
				)

	def approve_anew(self, row, earlier):
		"""Let a changed wording be approved anew: by whoever changed it, and again by the strategist."""
		if earlier.sent_on:
			frappe.throw(
				_(
					"Information (row {0}) is sent and stays as it was told. Add a new row with the new text."
				).format(row.idx)
			)
		if row.approved_by_officer:
			row.officer_approval = dated_signature()
		if row.approved_by_strategist and earlier.approved_by_strategist:
			row.approved_by_strategist, row.strategist_approval = 0, None
			frappe.msgprint(_("The text was changed: the strategist approves it again."), alert=True)

	def check_moves(self):
		"""What a button needs beyond its role, with an error that says what is missing."""
		before = self.get_doc_before_save()
		if not before or before.workflow_state == self.workflow_state:
			return
		now = in_whole_seconds(now_datetime())
		if self.workflow_state == "Police Consultation" and not self.strategist_contacted_on:
			self.strategist_contacted_on = now
			self.strategist_contacted_by = signature()
		if before.workflow_state == "Assessment" and self.workflow_state == "Support and Information":
			if not any(row.made_together for row in self.assessments):
				frappe.throw(
					_("Record the assessment first: make it together with the exposed person (3.1.1)."),
					title=_("Assessment Missing"),
				)
			if steps.strategist_needed(self) == "Yes":
				frappe.throw(
					_("The assessment says that the strategist is needed. Choose Contact Strategist.")
				)
			self.handled_in_party_on = now
		if before.workflow_state == "Closed":
			self.add_comment("Info", _("Reopened: {0}").format(frappe.utils.escape_html(self.reopen_reason)))
			self.reopen_reason = None

	def move_police_report(self):
		"""3.1.3: a request makes the police report; taking back the decision withdraws one that is not filed."""
		if self.flags.ignore_permissions or self.is_new():
			return
		if self.moved_to("Awaiting Police Report"):
			if not (self.police_report_owed and self.police_contacted):
				frappe.throw(
					_(
						"A police report can be requested when the exposed person has decided yes and a contact with the police is recorded."
					)
				)
			self.police_report = request_police_report(self).name
		elif not self.police_report_owed and withdraw_police_report(self):
			if self.workflow_state == "Awaiting Police Report":
				self.workflow_state = "Police Consultation"
				self.flags.moved_by_record = True

	def derive(self):
		"""Set what follows from the rows: the decision that holds now, and whether a police report is waited for."""
		self.police_decision = steps.latest_decision(self)
		self.police_contacted = any(row.political_link_stated for row in self.police_contacts)
		filed = self.police_report and (
			frappe.db.get_value("Police Report", self.police_report, "workflow_state") == "Filed"
		)
		self.police_report_owed = self.police_decision == "Yes" and not filed

	def update_checklist(self):
		"""Set each step's status from the record, and which one is next."""
		echo = self.flags.echo_from
		case = documents_of(
			self,
			police_report=echo if echo and echo.doctype == "Police Report" else None,
			follow_up=echo if echo and echo.doctype == "Follow-up" else None,
		)
		update_checklist(self, case)
		self.replan = 0
		now = now_datetime()
		waiting = self.waiting_steps()
		overdue = [row for row in waiting if row.due_on and row.due_on < now]
		# What is late comes first, the latest of it before all; then the order of the routine.
		following = min(overdue, key=lambda row: row.due_on, default=next(iter(waiting), None))
		self.next_action = following.title if following else None
		self.next_due = min((row.due_on for row in waiting if row.due_on), default=None)

	def waiting_steps(self) -> list:
		"""Return the rows of the checklist that wait. A step that the municipality has retired waits for nobody."""
		active = {step.name for step in steps_for()}
		return [row for row in self.steps if row.status == steps.WAITING and row.step in active]

	def check_closing(self):
		"""A case closes when all steps are done or not needed and the follow-up is completed."""
		if not self.moved_to("Closed"):
			return
		open_steps = [
			f"{row.step_number} {row.action} ({_(row.responsible_role)})".replace("\n", " ")
			for row in self.waiting_steps()
		]
		if frappe.db.get_value("Follow-up", self.follow_up, "workflow_state") != "Completed":
			open_steps.append(_("The follow-up is not completed ({0})").format(self.follow_up))
		if open_steps:
			frappe.throw(
				_("The case cannot be closed yet. Open:")
				+ "<ul>"
				+ "".join(f"<li>{frappe.utils.escape_html(step)}</li>" for step in open_steps)
				+ "</ul>",
				title=_("Open Steps"),
			)

	def after_insert(self):
		self.follow_up = open_follow_up(self).name
		# Not `db_set`: it would have the document take itself for an old one, and the officer be told nothing.
		frappe.db.set_value("Incident", self.name, "follow_up", self.follow_up, update_modified=False)

	def on_update(self):
		before, echo = self.get_doc_before_save(), self.flags.echo_from
		if before:
			self.tell_new_times(before)
		if not before or not self.follow_up or (echo and echo.doctype == "Follow-up"):
			return
		stored = frappe.db.get_value("Follow-up", self.follow_up, ["event_on", "led_by_strategist"])
		reopened = before.workflow_state == "Closed" != self.workflow_state
		if reopened or stored != (get_datetime(self.event_on), int(self.led_by_strategist)):
			frappe.get_doc("Follow-up", self.follow_up).follow_incident(self)

	def tell_new_times(self, before):
		"""Say in the timeline which waiting steps are due at another time than before, and from when to when."""
		due_before = {row.name: row.due_on for row in before.steps if row.due_on}
		moved = [
			f"{row.title}: {format_datetime(due_before[row.name], TIME_FORMAT)} → {format_datetime(row.due_on, TIME_FORMAT)}"
			for row in self.waiting_steps()
			if row.due_on and row.name in due_before and get_datetime(row.due_on) != due_before[row.name]
		]
		if moved:
			self.add_comment("Info", _("Is due at another time:", lang="sv") + "<br>" + "<br>".join(moved))
