"""When each step is due: pure functions of the case's own times and the municipality's settings.

Times are naive and local (Europe/Stockholm), as Frappe stores them. Days keep the hour of the clock; hours are real
hours, also across a change to or from daylight saving time. (In the hour that comes twice in autumn, a time without a zone
is taken for the first of the two.)
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Europe/Stockholm")
# How people read a time.
TIME_FORMAT = "yyyy-MM-dd HH:mm"


@dataclass(frozen=True)
class Rule:
	"""A deadline: `length` hours or days (its unit) after the case's time `anchor`, as kept in the setting `setting`."""

	anchor: str
	setting: str
	unit: str


# Deadline of a `Routine Step` -> how it is counted.
RULES = {
	"Assessment": Rule("reported_on", "assessment_hours", "hours"),
	"Police Contact": Rule("strategist_contacted_on", "police_contact_hours", "hours"),
	"Police Report": Rule("report_requested_on", "police_report_hours", "hours"),
	"First Conversation": Rule("event_on", "first_conversation_days", "days"),
	"Documentation": Rule("conversation_held_on", "documentation_days", "days"),
	"Needs": Rule("conversation_held_on", "needs_days", "days"),
	"Support Order": Rule("need_recorded_on", "support_order_days", "days"),
}


def due_on(
	deadline: str | None, times: dict[str, datetime | None], settings: dict[str, int]
) -> datetime | None:
	"""Return when a step with `deadline` is due, or None where it has none or its clock has not started.

	A report made after an event's deadline has passed starts the clock anew, at the report (see `is_late_report`).
	"""
	rule = RULES.get(deadline or "")
	start = times.get(rule.anchor) if rule else None
	if not start:
		return None
	length = int(settings[rule.setting])
	due = later(start, length, rule.unit)
	if is_late_report(deadline, times, settings):
		due = later(times["reported_on"], length, rule.unit)
	return due


def is_late_report(deadline: str | None, times: dict[str, datetime | None], settings: dict[str, int]) -> bool:
	"""Return whether the case was reported when this deadline, counted from the event, had passed already."""
	rule = RULES.get(deadline or "")
	if not rule or rule.anchor != "event_on" or not (times.get("event_on") and times.get("reported_on")):
		return False
	return later(times["event_on"], int(settings[rule.setting]), rule.unit) < times["reported_on"]


def later(start: datetime, length: int, unit: str) -> datetime:
	"""Return the local time `length` hours or days (`unit`) after the local time `start`."""
	if unit == "days":
		return start + timedelta(days=length)
	real = start.replace(tzinfo=LOCAL).astimezone(timezone.utc) + timedelta(hours=length)
	return real.astimezone(LOCAL).replace(tzinfo=None)
