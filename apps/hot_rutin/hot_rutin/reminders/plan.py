"""When somebody is reminded of a step, and who: pure functions of the deadline and the municipality's plan.

Times are naive and local (Europe/Stockholm), like those of `deadlines`.
"""

import math
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from hot_rutin.case.deadlines import later

BEFORE, DUE, OVERDUE = "Before", "Due", "Overdue"


@dataclass(frozen=True)
class Plan:
	"""The municipality's plan of reminders, from `Hot Rutin Settings`.

	`ahead`: deadline of a `Routine Step` -> how long before it is due, as (length, "hours" or "days"); 0 is when it is due.
	After that a reminder comes every `again_after` days, from `deputy_after` days on to the deputy too, and from
	`last_after` days on to the strategist too. Between `quiet_from` and `quiet_to` only acute steps are reminded of.
	"""

	ahead: dict[str, tuple[tuple[int, str], ...]]
	again_after: int = 1
	deputy_after: int = 1
	last_after: int = 3
	quiet_from: time | None = None
	quiet_to: time | None = None

	def is_quiet(self, moment: datetime) -> bool:
		"""Return whether `moment` lies in the quiet hours."""
		start, end = self.quiet_from, self.quiet_to
		if start is None or end is None or start == end:
			return False
		if start < end:
			return start <= moment.time() < end
		return moment.time() >= start or moment.time() < end

	def after_quiet(self, moment: datetime) -> datetime:
		"""Return `moment`, or the end of the quiet hours that it lies in."""
		if not self.is_quiet(moment):
			return moment
		end = datetime.combine(moment.date(), self.quiet_to)
		return end if end > moment else end + timedelta(days=1)

	def until_due(self, deadline: str, due_on: datetime, is_acute: bool) -> list[datetime]:
		"""Return the times of the reminders of a step up to when it is due, in order."""
		times = {later(due_on, -length, unit) for length, unit in self.ahead.get(deadline, ())}
		return sorted(times if is_acute else set(map(self.after_quiet, times)))

	def next_time(self, deadline: str, due_on: datetime, is_acute: bool, after: datetime) -> datetime:
		"""Return the first time after `after` at which somebody is reminded of a step that still waits."""
		for moment in self.until_due(deadline, due_on, is_acute):
			if moment > after:
				return moment
		# Overdue: by whole turns from when it was due, at the same hour of the clock.
		turns = max(1, math.floor((after - due_on) / timedelta(days=self.again_after)))
		while True:
			moment = due_on + timedelta(days=turns * self.again_after)
			moment = moment if is_acute else self.after_quiet(moment)
			if moment > after:
				return moment
			turns += 1

	def told_too(self, due_on: datetime, now: datetime) -> tuple[bool, bool]:
		"""Return whether the deputy, and whether the strategist, are told too, of a step that still waits at `now`."""
		late = now - due_on
		return late >= timedelta(days=self.deputy_after), late >= timedelta(days=self.last_after)


def kind(due_on: datetime, now: datetime) -> str:
	"""Return what a reminder at `now` is: before the step is due, when it is, or once it is overdue."""
	if now < due_on:
		return BEFORE
	return DUE if now < due_on + timedelta(days=1) else OVERDUE
