"""Who answers for a role in a case, and who is next in line where nobody of that role can be reached."""

import frappe
from frappe.utils import format_datetime, get_fullname, now_datetime

from hot_rutin.access.policy import ADMINISTRATOR, DIRECTOR, EXPOSED, OFFICER, STRATEGIST
from hot_rutin.case.deadlines import TIME_FORMAT

DEPUTY = "Deputy"  # no role of its own: an officer of the party who stands in

# Role -> who is asked in turn. The administrator comes last: they know a case by its code only, and can give it somebody.
_LINE = (OFFICER, DEPUTY, STRATEGIST, ADMINISTRATOR)
LINES = {
	EXPOSED: (EXPOSED, *_LINE),
	OFFICER: _LINE,
	DEPUTY: (DEPUTY, STRATEGIST, ADMINISTRATOR),
	STRATEGIST: (STRATEGIST, ADMINISTRATOR),
	DIRECTOR: (DIRECTOR, STRATEGIST, ADMINISTRATOR),
}
# Who stands in for a role once its step is late.
STAND_INS = {EXPOSED: OFFICER, OFFICER: DEPUTY}


def signature(user: str | None = None) -> str:
	"""Return who signs (default: the signed-in user): the name, which may change, and the account, which stays.

	In at most 120 characters: beside it stands a time. What is no account is returned as it is.
	"""
	user = user or frappe.session.user
	name = get_fullname(user)
	return user if name == user else f"{name[: max(0, 117 - len(user))]} ({user})"


def dated_signature() -> str:
	"""Return who approves now, and when, as it stands beside an approval."""
	return f"{signature()} {format_datetime(now_datetime(), TIME_FORMAT)}"


class People:
	"""Who can be reached, looked up once for each question: for one request, or one run of a job."""

	def __init__(self):
		self._of_role, self._of_case, self._accounts = {}, {}, {}

	def reach(self, role: str, incident: str | None = None) -> tuple[list[str], str]:
		"""Return the users who answer for `role` in the case `incident`, and as what: the first in line who can be reached.

		Where nobody at all can be reached the list is empty.
		"""
		for asked in LINES[role]:
			users = [user for user in self.who(asked, incident) if self.account(user)]
			if users:
				return users, asked
		return [], LINES[role][-1]

	def who(self, role: str, incident: str | None) -> list[str]:
		"""Return the users who hold `role`, in this case where it is a role within one; reachable or not."""
		if role in (EXPOSED, OFFICER, DEPUTY):
			return self._in_case(incident)[role]
		if role not in self._of_role:
			# get_all: the system looks up whom to write to; the person whose save caused it never sees the answer.
			self._of_role[role] = frappe.get_all(
				"Has Role", filters={"role": role, "parenttype": "User"}, pluck="parent", order_by="parent"
			)
		return self._of_role[role]

	def account(self, user: str) -> dict | None:
		"""Return `email` and `language` of an account that can be written to, or None."""
		if user not in self._accounts:
			account = frappe.db.get_value("User", user, ["email", "language", "enabled"], as_dict=True)
			self._accounts[user] = account if account and account.enabled and account.email else None
		return self._accounts[user]

	def _in_case(self, incident):
		if incident not in self._of_case:
			party, exposed = frappe.db.get_value("Incident", incident, ["party", "exposed_representative"])
			officers = active_officers(party, incident, exposed)
			user = frappe.db.get_value("Elected Representative", exposed, "user")
			self._of_case[incident] = {
				EXPOSED: [user] if user else [],
				OFFICER: [row.user for row in officers if not row.is_deputy],
				DEPUTY: [row.user for row in officers if row.is_deputy],
			}
		return self._of_case[incident]


def active_officers(party: str, incident: str | None = None, exposed: str | None = None) -> list[dict]:
	"""Return the party's officers on duty today as rows of `user`, `is_deputy`; officers before deputies.

	Left out are those who are disqualified for the case `incident`, and whoever is the representative `exposed` in it.
	"""
	# Raw SQL: used by the system to find who answers, never returned to a reader.
	return frappe.db.sql(
		"""select officer.user, officer.is_deputy from `tabParty Officer` officer
		join `tabUser` user on user.name = officer.user and user.enabled = 1
		where officer.parent = %(party)s and officer.from_date <= %(today)s
		and (officer.to_date is null or officer.to_date >= %(today)s)
		and officer.user not in (select officer from `tabDisqualification` where case_name = %(incident)s)
		and officer.user not in
		(select ifnull(user, '') from `tabElected Representative` where name = %(exposed)s)
		order by officer.is_deputy, officer.idx""",
		{"party": party, "incident": incident or "", "exposed": exposed or "", "today": frappe.utils.today()},
		as_dict=True,
	)
