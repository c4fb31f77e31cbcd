"""When somebody is reminded, and who is told too: the plan's own arithmetic, without a site."""

from datetime import datetime, time

import pytest
from hot_rutin.reminders.plan import BEFORE, DUE, OVERDUE, Plan, kind

NIGHT = {"quiet_from": time(22), "quiet_to": time(7)}
PLAN = Plan(
	ahead={
		"Assessment": ((4, "hours"), (0, "hours")),
		"First Conversation": ((7, "days"), (2, "days"), (0, "days")),
	}
)


def at(text):
	return datetime.strptime(text, "%Y-%m-%d %H:%M")


def all_times(plan, deadline, due, start, end, is_acute=False):
	"""Every reminder of a step that is never done, from `start` to `end`."""
	times, now = [], at(start)
	while (now := plan.next_time(deadline, at(due), is_acute, now)) <= at(end):
		times.append(f"{now:%Y-%m-%d %H:%M}")
	return times


def test_the_first_conversation_is_reminded_of_on_days_7_12_and_14_and_then_daily():
	# The event was on 4 May at 20.00.
	assert all_times(
		PLAN, "First Conversation", "2026-05-18 20:00", "2026-05-04 21:00", "2026-05-21 12:00"
	) == [
		"2026-05-11 20:00",
		"2026-05-16 20:00",
		"2026-05-18 20:00",
		"2026-05-19 20:00",
		"2026-05-20 20:00",
	]


@pytest.mark.parametrize(
	("due", "times"),
	[
		# Real hours before, clock hours after: the clock goes forward in the night to 29 March, back in that to 25 October.
		("2026-03-29 04:00", ["2026-03-28 23:00", "2026-03-29 04:00", "2026-03-30 04:00"]),
		("2026-10-25 04:00", ["2026-10-25 01:00", "2026-10-25 04:00", "2026-10-26 04:00"]),
		("2027-01-01 01:00", ["2026-12-31 21:00", "2027-01-01 01:00", "2027-01-02 01:00"]),
	],
)
def test_hours_are_real_and_days_keep_the_clock(due, times):
	start = f"{at(times[0]).date()} 00:00"
	assert all_times(PLAN, "Assessment", due, start, times[-1], is_acute=True) == times


def test_quiet_hours_move_a_reminder_to_their_end_unless_the_step_is_acute():
	quiet = Plan(ahead=PLAN.ahead, **NIGHT)
	due = "2026-05-18 23:30"
	assert all_times(quiet, "First Conversation", due, "2026-05-12 12:00", "2026-05-20 12:00") == [
		"2026-05-17 07:00",
		"2026-05-19 07:00",
		"2026-05-20 07:00",
	]
	assert all_times(quiet, "Assessment", due, "2026-05-18 12:00", "2026-05-19 12:00", is_acute=True) == [
		"2026-05-18 19:30",
		"2026-05-18 23:30",
	]


@pytest.mark.parametrize(
	("moment", "quiet"),
	[("21:59", False), ("22:00", True), ("23:59", True), ("00:00", True), ("06:59", True), ("07:00", False)],
)
def test_quiet_hours_begin_and_end_on_the_minute(moment, quiet):
	assert Plan(ahead={}, **NIGHT).is_quiet(at(f"2026-05-04 {moment}")) is quiet


def test_quiet_hours_may_lie_within_a_day_or_be_none():
	noon = Plan(ahead={}, quiet_from=time(12), quiet_to=time(13))
	assert noon.is_quiet(at("2026-05-04 12:30")) and not noon.is_quiet(at("2026-05-04 13:00"))
	assert noon.after_quiet(at("2026-05-04 12:30")) == at("2026-05-04 13:00")
	assert not Plan(ahead={}).is_quiet(at("2026-05-04 03:00"))


@pytest.mark.parametrize(
	("now", "told_too"),
	[
		("2026-05-18 20:00", (False, False)),
		("2026-05-19 19:59", (False, False)),
		("2026-05-19 20:00", (True, False)),
		("2026-05-21 19:59", (True, False)),
		("2026-05-21 20:00", (True, True)),
	],
)
def test_the_deputy_is_told_after_one_day_and_the_strategist_after_three(now, told_too):
	assert PLAN.told_too(at("2026-05-18 20:00"), at(now)) == told_too


def test_after_a_standstill_the_plan_goes_on_with_the_next_time_and_not_with_those_missed():
	due = at("2026-05-18 20:00")
	assert PLAN.next_time("First Conversation", due, False, at("2026-05-24 09:00")) == at("2026-05-24 20:00")


def test_the_municipality_decides_how_often_and_when():
	rare = Plan(ahead={"Needs": ((1, "days"),)}, again_after=3, deputy_after=2, last_after=5)
	assert all_times(rare, "Needs", "2026-05-18 20:00", "2026-05-10 09:00", "2026-05-25 09:00") == [
		"2026-05-17 20:00",
		"2026-05-21 20:00",
		"2026-05-24 20:00",
	]
	assert rare.told_too(at("2026-05-18 20:00"), at("2026-05-20 20:00")) == (True, False)


def test_a_reminder_says_whether_the_step_is_still_in_time():
	due = at("2026-05-18 20:00")
	assert kind(due, at("2026-05-18 19:59")) == BEFORE
	assert kind(due, at("2026-05-18 20:00")) == DUE
	assert kind(due, at("2026-05-19 20:00")) == OVERDUE
