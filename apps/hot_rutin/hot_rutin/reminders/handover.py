"""The e-mail to the next responsible person when a case comes to them.

It carries the case's random name, the action that waits, the time and a link. Nothing else.
"""

import frappe
from frappe import _
from frappe.utils import format_datetime, get_url_to_form

from hot_rutin.access.policy import ADMINISTRATOR, DIRECTOR, OFFICER, STRATEGIST
from hot_rutin.case.deadlines import TIME_FORMAT
from hot_rutin.case.people import People
from hot_rutin.case.steps import WAITING, wording
from hot_rutin.reminders import mails

# Who holds a document in each state. A state that is not here waits for nobody new.
HOLDERS = {
	"Incident": {
		"Reported": OFFICER,
		"Assessment": OFFICER,
		"Police Consultation": STRATEGIST,
		"Awaiting Police Report": DIRECTOR,
		"Support and Information": OFFICER,
		"Follow-up": OFFICER,
	},
	"Police Report": {"Requested": DIRECTOR, "Approved": DIRECTOR, "Returned": STRATEGIST},
	"Follow-up": {
		"Planned": OFFICER,
		"Conversation Held": OFFICER,
		"Needs Assessed": OFFICER,
		"Support Ordered": OFFICER,
	},
}


def tell_next_holder(doc, _method=None) -> None:
	"""`on_update` hook of a case's documents: queue the mail where this save has brought `doc` to another role than before."""
	before = doc.get_doc_before_save()
	role = holder(doc)
	new_lead = before and role == OFFICER and doc.get("led_by_strategist") and not before.led_by_strategist
	if not role or (before and holder(before) == role and not new_lead):
		return
	if doc.doctype == "Follow-up" and not before:
		return  # opened with the incident, which has told the same officer
	if doc.doctype == "Follow-up" and new_lead:
		return  # told of the incident
	if doc.doctype == "Incident" and role == DIRECTOR:
		return  # the director is told of the police report, which is what they may open
	if doc.doctype == "Incident" and doc.flags.echo_from and doc.flags.echo_from.workflow_state == "Returned":
		return  # the strategist is told of the returned report
	tell(role, doc)


def holder(doc) -> str | None:
	"""Return the role that `doc` waits for in its present state."""
	if doc.doctype == "Follow-up" and doc.workflow_state == "Needs Assessed" and doc.support_needed == "Yes":
		return STRATEGIST
	return HOLDERS[doc.doctype].get(doc.workflow_state)


def tell(role: str, doc, people: People | None = None) -> None:
	"""Queue one mail to each who answers for `role` in the case but the one who acted, in the transaction that caused it.

	Who tells of several cases at once looks `people` up once.
	"""
	step = waiting_step(doc.case_name, role)
	# A new police report is told of before the checklist of its case is stored again.
	due_on = doc.due_on if doc.doctype == "Police Report" else step and step.due_on
	people = people or People()
	users, asked = people.reach(role, doc.case_name)
	for user in users:
		if user == frappe.session.user:
			continue
		account = people.account(user)
		item = {
			"case_name": doc.case_name,
			"action": step and step.action,
			"due_on": due_on and format_datetime(due_on, TIME_FORMAT),
			# Somebody who knows a case by its code only is told to find it somebody.
			"link": None if asked == ADMINISTRATOR else get_url_to_form(doc.doctype, doc.name),
		}
		subject = frappe.get_cached_doc("Hot Rutin Settings").mail_subject
		told = _("Case {0} waits for you.", account.language).format(doc.case_name)
		try:
			mails.queue(account, subject, [told], [item])
		except frappe.OutgoingEmailError:
			# A report is worth more than its mail: it is saved, and the administrator sees what is wrong.
			frappe.log_error(title="No outgoing e-mail account", message=_("Nobody was told by e-mail."))


def waiting_step(incident: str, role: str):
	"""Return the first step of the case's checklist that waits for `role` (its wording and due time), or None."""
	# get_all: which step waits, and until when, is what the mail may carry; no content of the case is read.
	rows = frappe.get_all(
		"Incident Step",
		filters={"parent": incident, "parenttype": "Incident", "responsible_role": role, "status": WAITING},
		fields=["step", "due_on"],
		order_by="idx asc",
		limit=1,
	)
	for row in rows:
		row.action = wording(frappe.get_cached_doc("Routine Step", row.step))
	return rows[0] if rows else None
