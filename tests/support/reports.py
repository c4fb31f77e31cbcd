"""The reports: how they are asked for, for whom they are, and what is counted, by hand, of exported cases."""

import json
from datetime import datetime

from generated_year import QUARTERS

RUN = "/api/method/frappe.desk.query_report.run"
YEAR = {"from_date": QUARTERS[0][0], "to_date": QUARTERS[-1][1]}


REPORTS = (
	"Routine Compliance",
	"Overdue Steps",
	"Incident Statistics",
	"Police Reports",
	"Follow-up Timeliness",
)
OUTCOMES = ("Done in Time", "Done Late", "Done, No Deadline", "Not Needed", "Waiting", "Overdue")
DONE = OUTCOMES[:3]
PROTECTION = ("Granted", "Refused", "No Answer Yet", "Not Requested")
FIELDS = {
	"Category": "category",
	"Channel": "channel",
	"Place": "place_type",
	"Perpetrator": "perpetrator",
	"Consequence": "consequence",
	"Gender": "gender",
	"Age Group": "age_group",
}
AXIS_NAMES = (*FIELDS, "Month")


def run(person, report, **filters):
	"""What the desk shows: columns, rows, message, chart and summary."""
	answer = person.desk.get(RUN, params={"report_name": report, "filters": json.dumps(filters)})
	assert answer.status_code == 200, f"{person} {report} {filters}: {answer.text[:500]}"
	return answer.json()["message"]


def outcome(done, done_on, not_needed, due_on):
	if not_needed:
		return "Not Needed"
	if done:
		return "Done, No Deadline" if not due_on else "Done in Time" if done_on <= due_on else "Done Late"
	return "Overdue" if due_on and due_on < datetime.now() else "Waiting"


def of_step(row):
	return outcome(row.status == "Done", row.done_on, row.status == "Not Needed", row.due_on)


def of_protection(report):
	if report.protected_access != "Requested":
		return "Not Requested"
	return report.protected_access_answer or "No Answer Yet"


def spans():
	"""Every stretch of published quarters that a manager can choose, and days that cut into some of them."""
	for first in range(4):
		for last in range(first, 4):
			yield {"from_date": QUARTERS[first][0], "to_date": QUARTERS[last][1]}, QUARTERS[first : last + 1]
	yield {"from_date": "2019-01-02", "to_date": "2019-12-30"}, QUARTERS[1:3]
	yield {"from_date": "2019-03-30", "to_date": "2019-10-01"}, QUARTERS[1:3]


# Written out by hand from the design.
ALLOWED = {
	"Routine Compliance": {"officer", "deputy", "foreign_officer", "strategist", "manager"},
	"Overdue Steps": {"officer", "deputy", "foreign_officer", "strategist", "manager"},
	"Incident Statistics": {"officer", "deputy", "foreign_officer", "strategist", "manager"},
	"Police Reports": {"officer", "deputy", "foreign_officer", "strategist", "manager", "director"},
	"Follow-up Timeliness": {"officer", "deputy", "foreign_officer", "strategist", "manager"},
	"Access Log": {"auditor"},
}
