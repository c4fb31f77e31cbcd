"""When each step is due: days keep the hour of the clock, hours are real hours, and a late report gets its own clock."""

from datetime import datetime

import pytest
from hot_rutin.case.deadlines import RULES, due_on, is_late_report, later

SHIPPED = {
	"assessment_hours": 24,
	"police_contact_hours": 24,
	"police_report_hours": 24,
	"first_conversation_days": 14,
	"documentation_days": 2,
	"needs_days": 7,
	"support_order_days": 3,
}


def at(text):
	return datetime.strptime(text, "%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
	("start", "length", "unit", "end"),
	[
		("2026-05-04 20:00", 24, "hours", "2026-05-05 20:00"),
		("2026-05-04 20:00", 14, "days", "2026-05-18 20:00"),
		# The night to 29 March 2026 has no hour between two and three: 24 real hours end an hour later by the clock.
		("2026-03-28 20:00", 24, "hours", "2026-03-29 21:00"),
		("2026-03-29 01:30", 1, "hours", "2026-03-29 03:30"),
		("2026-03-28 20:00", 1, "days", "2026-03-29 20:00"),
		("2026-03-20 20:00", 14, "days", "2026-04-03 20:00"),
		# The night to 25 October 2026 has the hour from two to three twice: 24 real hours end an hour earlier.
		("2026-10-24 20:00", 24, "hours", "2026-10-25 19:00"),
		("2026-10-25 01:30", 2, "hours", "2026-10-25 02:30"),
		("2026-10-25 01:30", 3, "hours", "2026-10-25 03:30"),
		("2026-10-24 20:00", 1, "days", "2026-10-25 20:00"),
		("2026-10-20 20:00", 14, "days", "2026-11-03 20:00"),
		# The turn of the year, and a leap day.
		("2026-12-31 20:00", 24, "hours", "2027-01-01 20:00"),
		("2026-12-24 20:00", 14, "days", "2027-01-07 20:00"),
		("2028-02-28 12:00", 2, "days", "2028-03-01 12:00"),
		("2028-02-28 12:00", 24, "hours", "2028-02-29 12:00"),
	],
)
def test_days_keep_the_clock_and_hours_are_real(start, length, unit, end):
	assert later(at(start), length, unit) == at(end)


def test_a_time_in_the_hour_that_the_clock_skips_is_taken_as_the_hour_after():
	assert later(at("2026-03-29 02:30"), 1, "hours") == at("2026-03-29 04:30")


@pytest.mark.parametrize(
	("deadline", "anchor", "due"),
	[
		("Assessment", "reported_on", "2026-05-05 20:00"),
		("Police Contact", "strategist_contacted_on", "2026-05-05 20:00"),
		("Police Report", "report_requested_on", "2026-05-05 20:00"),
		("First Conversation", "event_on", "2026-05-18 20:00"),
		("Documentation", "conversation_held_on", "2026-05-06 20:00"),
		("Needs", "conversation_held_on", "2026-05-11 20:00"),
		("Support Order", "need_recorded_on", "2026-05-07 20:00"),
	],
)
def test_each_deadline_is_counted_from_its_own_event_in_the_case(deadline, anchor, due):
	assert due_on(deadline, {anchor: at("2026-05-04 20:00")}, SHIPPED) == at(due)
	assert due_on(deadline, dict.fromkeys([anchor]), SHIPPED) is None
	assert due_on(deadline, {}, SHIPPED) is None


def test_every_deadline_that_a_step_can_have_is_tested_above():
	assert set(RULES) == {
		"Assessment",
		"Police Contact",
		"Police Report",
		"First Conversation",
		"Documentation",
		"Needs",
		"Support Order",
	}


def test_a_step_without_a_deadline_is_never_due():
	times = {"event_on": at("2026-05-04 20:00"), "reported_on": at("2026-05-04 21:00")}
	assert due_on("", times, SHIPPED) is None
	assert due_on(None, times, SHIPPED) is None


def test_the_municipality_decides_the_length():
	times = {"event_on": at("2026-05-04 20:00")}
	assert due_on("First Conversation", times, {**SHIPPED, "first_conversation_days": 7}) == at(
		"2026-05-11 20:00"
	)
	# Settings are kept as text in the database.
	assert due_on("First Conversation", times, {**SHIPPED, "first_conversation_days": "7"}) == at(
		"2026-05-11 20:00"
	)


def test_the_first_conversation_is_due_two_weeks_after_the_event_however_late_within_them_it_is_reported():
	times = {"event_on": at("2026-05-04 20:00"), "reported_on": at("2026-05-18 19:59")}
	assert due_on("First Conversation", times, SHIPPED) == at("2026-05-18 20:00")
	assert not is_late_report("First Conversation", times, SHIPPED)
	# Reported at the very minute of the deadline is still in time.
	times["reported_on"] = at("2026-05-18 20:00")
	assert not is_late_report("First Conversation", times, SHIPPED)


def test_a_report_after_the_deadline_says_so_and_starts_its_own_clock():
	times = {"event_on": at("2026-05-04 20:00"), "reported_on": at("2026-05-18 20:01")}
	assert is_late_report("First Conversation", times, SHIPPED)
	assert due_on("First Conversation", times, SHIPPED) == at("2026-06-01 20:01")
	# Only what is counted from the event can have passed before the report.
	assert not is_late_report("Assessment", times, SHIPPED)
	assert due_on("Assessment", times, SHIPPED) == at("2026-05-19 20:01")
