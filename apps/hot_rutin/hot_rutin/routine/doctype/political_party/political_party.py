import frappe
from frappe import _
from frappe.model.document import Document

from hot_rutin.access.policy import OFFICER
from hot_rutin.accounts.changes import note_officers
from hot_rutin.case.people import People, active_officers
from hot_rutin.case.validation import check_days, check_texts
from hot_rutin.reminders import handover


class PoliticalParty(Document):
	"""A party with its security officers and deputies, each from a date to a date."""

	def validate(self):
		check_texts(self)
		check_days(self.officers)
		for row in self.officers:
			if OFFICER not in frappe.get_roles(row.user):
				frappe.throw(
					_("Row {0}: give {1} the role {2} first; without it they can open no case.").format(
						row.idx, row.user, _(OFFICER)
					)
				)

	def on_update(self):
		note_officers(self)
		follow_assignments(self.name)


def follow_assignments(party: str | None = None) -> None:
	"""Let open cases follow who is on duty: a party without an active officer has its cases led by the strategist, who is told.

	Runs when a party is saved and every hour, since an assignment also begins and ends with the date. Nothing else of a case
	follows from who leads it: its checklist and its reminders stay, and whom these reach is asked when they leave.
	"""
	filters = {"workflow_state": ("!=", "Closed"), **({"party": party} if party else {})}
	fields = ["name", "workflow_state", "party", "exposed_representative", "led_by_strategist"]
	newly_led, led_no_more = [], []
	# get_all: the system looks at all open cases; only the flag is compared.
	for case in frappe.get_all("Incident", filters=filters, fields=fields):
		is_led = not active_officers(case.party, case.name, case.exposed_representative)
		if is_led != bool(case.led_by_strategist):
			(newly_led if is_led else led_no_more).append(case)
	for cases, is_led in ((newly_led, 1), (led_no_more, 0)):
		if cases:
			names = ("in", [case.name for case in cases])
			frappe.db.set_value("Incident", {"name": names}, "led_by_strategist", is_led)
			frappe.db.set_value("Follow-up", {"incident": names}, "led_by_strategist", is_led)
	people = People()
	for case in newly_led:
		case.update({"doctype": "Incident", "case_name": case.name})
		frappe.db.savepoint("telling")
		try:
			if handover.holder(case) == OFFICER:
				handover.tell(OFFICER, case, people)
		except Exception:
			# Whatever keeps one from being told, it has its leader, and the others are told.
			frappe.db.rollback(save_point="telling")
			frappe.log_error(title="Nobody was told of a case without an officer")
