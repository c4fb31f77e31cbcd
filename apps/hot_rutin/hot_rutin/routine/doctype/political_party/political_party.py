import frappe
from frappe import _
from frappe.model.document import Document

from hot_rutin.access.conditions import active_officers
from hot_rutin.access.policy import OFFICER
from hot_rutin.accounts.changes import note_officers
from hot_rutin.case.checklist import follow_the_record
from hot_rutin.case.validation import check_days, check_texts


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
	"""Let open cases follow who is on duty: a party without an active officer has its cases led by the strategist.

	Runs when a party is saved and every hour, since an assignment also begins and ends with the date.
	"""
	filters = {"workflow_state": ("!=", "Closed")}
	if party:
		filters["party"] = party
	# get_all: the system looks at all open cases; only the flag is compared.
	for incident in frappe.get_all(
		"Incident", filters=filters, fields=["name", "party", "exposed_representative", "led_by_strategist"]
	):
		officers = active_officers(incident.party, incident.name, incident.exposed_representative)
		if bool(incident.led_by_strategist) != bool(officers):
			continue
		# With its party within one transaction; or by the clock, each in its own.
		within = "one_case" if party else None
		if within:
			frappe.db.savepoint(within)
		try:
			follow_the_record(incident.name)
		except Exception:
			# One case that cannot be saved keeps no other from its leader, and tells the administrator nothing of itself.
			frappe.db.rollback(save_point=within)
			frappe.log_error(title="A case did not follow its party's officers")
		if not within:
			frappe.db.commit()
