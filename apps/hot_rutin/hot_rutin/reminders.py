"""Reminders of steps that wait: planned whenever a case is saved, laid in the mail queue when their time has come.

The plan is `Step Reminder`: a row for each step whose clock runs, with the time of its next reminder and the mails that went
out. An index finds what is due, so a run costs what is due, not what is stored. A run is one transaction: the mails in the
queue and the rows that say so are stored together or not at all, so that whatever dies in between, each reminder is queued
once. Rows that another run holds are left to it.
"""

from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.query_builder.functions import Max
from frappe.utils import format_datetime, get_datetime, get_time, get_url_to_form, now_datetime

from hot_rutin import lost_jobs, mails, reminder_plan, steps
from hot_rutin.access.policy import ADMINISTRATOR, STRATEGIST
from hot_rutin.case import follow_the_record, steps_for
from hot_rutin.deadlines import TIME_FORMAT
from hot_rutin.people import STAND_INS, People, unreachable
from hot_rutin.plausibility import in_whole_seconds

QUEUED, SENT, DELAYED = "Queued", "Sent", "Delayed"
# What a step's plan is once it waits no more. Why is for those who read the case: it may be what somebody has decided.
ENDED = "Ended"
# A mail that waits longer than this is shown to the administrator.
SHOWN_AS_DELAYED = timedelta(minutes=30)
# A mail is in hand for five minutes at most: that long may a job of Frappe's queue `short` take. After this, whoever was
# sending it has died.
IN_HAND = timedelta(minutes=10)
# After the tries that Frappe gives a mail, it is given some more, this much later.
TRIED_AGAIN_AFTER = timedelta(minutes=30)


# --- planning


def municipality_s_plan() -> reminder_plan.Plan:
	"""Return the plan in `Hot Rutin Settings`."""
	settings = frappe.get_cached_doc("Hot Rutin Settings")
	ahead = {}
	for row in settings.reminder_times:
		ahead.setdefault(row.deadline, []).append((row.ahead, row.unit.lower()))
	return reminder_plan.Plan(
		ahead={deadline: tuple(times) for deadline, times in ahead.items()},
		again_after=settings.again_after_days,
		deputy_after=settings.deputy_after_days,
		last_after=settings.strategist_after_days,
		quiet_from=get_time(settings.quiet_from) if settings.quiet_from else None,
		quiet_to=get_time(settings.quiet_to) if settings.quiet_to else None,
	)


def follow(incident) -> None:
	"""Let the plan follow the checklist of `incident`, within the transaction that saves it."""
	plan, now = municipality_s_plan(), in_whole_seconds(now_datetime())
	rules = {step.name: step for step in steps_for()}
	# get_all: the system's own plan, kept whoever saves the case.
	planned = {
		row.step: row
		for row in frappe.get_all("Step Reminder", filters={"case_name": incident.name}, fields="*")
	}
	waiting = {row.step for row in incident.waiting_steps()}
	# The soonest last: the short list of a workspace shows first what was written last.
	for row in sorted(incident.steps, key=lambda row: get_datetime(row.due_on or datetime.max), reverse=True):
		before = planned.get(row.step)
		if row.step in waiting and row.due_on:
			values = _planned(incident, row, rules[row.step], before, plan, now)
		elif before and before.status == steps.WAITING:
			values = {"status": ENDED, "next_on": None, "upcoming": None}
		else:
			continue
		_store(before, values)


def _planned(incident, row, rule, before, plan, now) -> dict:
	"""Return the values of the `Step Reminder` of a waiting step."""
	due_on = get_datetime(row.due_on)
	kept = before and before.status == steps.WAITING and get_datetime(before.due_on) == due_on
	since = get_datetime(before.since) if kept else now
	if kept or due_on > now:
		next_on = plan.next_time(rule.deadline, due_on, rule.is_acute, since)
	else:
		next_on = now if rule.is_acute else plan.after_quiet(now)  # late already, and nobody was told
	document = {"Police Report": incident.police_report, "Follow-up": incident.follow_up}.get(
		rule.document_type
	)
	action = steps.wording(rule)
	return {
		"title": f"{format_datetime(due_on, TIME_FORMAT)} · {incident.name} · {action}",
		"case_name": incident.name,
		"step": row.step,
		"action": action,
		"responsible_role": row.responsible_role,
		"document_type": rule.document_type if document else "Incident",
		"document": document or incident.name,
		"deadline": rule.deadline,
		"due_on": due_on,
		"is_acute": rule.is_acute,
		"status": steps.WAITING,
		"since": since,
		**_coming(plan, next_on, rule.deadline, due_on, rule.is_acute),
	}


def _coming(plan, next_on, deadline, due_on, is_acute) -> dict:
	"""Return the values that say when the next reminder comes, and those after it until the step is due."""
	ahead = [time for time in plan.until_due(deadline, due_on, is_acute) if time > next_on]
	return {
		"next_on": next_on,
		"upcoming": "\n".join(format_datetime(time, TIME_FORMAT) for time in [next_on, *ahead]),
	}


def _store(before, values):
	if not before:
		frappe.get_doc({"doctype": "Step Reminder", **values}).insert(
			ignore_permissions=True,  # nobody plans by hand; the checklist does
			ignore_links=True,  # the case that links to all of this is being saved
		)
		return
	changed = {field: value for field, value in values.items() if (before[field] or None) != (value or None)}
	if changed:
		# Nor who changed it: see `StepReminder`.
		frappe.db.set_value("Step Reminder", before.name, changed, update_modified=False)


def ask_for_a_new_plan() -> None:
	"""Have all open cases follow changed deadlines or reminders: marked now, replanned by the next run, whatever happens."""
	case = frappe.qb.DocType("Incident")
	frappe.qb.update(case).set(case.replan, 1).where(case.workflow_state != "Closed").run()


def follow_new_plan() -> None:
	"""Replan the cases that are marked, each in a transaction of its own."""
	# get_all: the system follows its settings in all cases; nothing of them is returned.
	for incident in frappe.get_all("Incident", filters={"replan": 1}, pluck="name"):
		try:
			follow_the_record(incident)
			frappe.db.commit()
		except Exception:
			# One case that cannot be saved keeps no other from its plan; it is tried again in the next run.
			frappe.db.rollback()
			frappe.log_error(title="A case did not follow the new plan")
			frappe.db.commit()


# --- sending


def queue_due() -> None:
	"""Queue the mails whose time has come, one to each person; runs every minute. Two runs at once share the work."""
	try:
		_queue(_due())
		frappe.db.commit()
	except frappe.OutgoingEmailError:
		# Nothing is lost: the rows stay due until there is an account to send from.
		frappe.db.rollback()
		_show_as_delayed([row.name for row in _due()])
		frappe.db.commit()
	except Exception:
		frappe.db.rollback()
		_queue_one_by_one()


def _due(name: str | None = None) -> list[dict]:
	"""Return the plan's rows that are due now, locked until the transaction ends, but for those that another run holds."""
	now, reminder = now_datetime(), frappe.qb.DocType("Step Reminder")
	is_due = reminder.next_on <= now
	if municipality_s_plan().is_quiet(now):
		is_due &= reminder.is_acute == 1
	names = [name] if name else frappe.qb.from_(reminder).select(reminder.name).where(is_due).run(pluck=True)
	if not names:
		return []
	# Locked one by one, by name: a lock on a range of times would have everybody who saves a case wait, or end in a deadlock.
	return (
		frappe.qb.from_(reminder)
		.force_index("PRIMARY")
		.select(reminder.star)
		.where(reminder.name.isin(names) & is_due)
		.orderby(reminder.next_on)
		.for_update(skip_locked=True)
		.run(as_dict=True)
	)


def _queue(rows: list[dict]) -> None:
	"""Lay one mail to each person into the queue, and plan what comes next."""
	if not rows:
		return
	plan, people, now = municipality_s_plan(), People(), in_whole_seconds(now_datetime())
	# get_all: whom the system may show a case to; nothing of it goes into a mail but its name.
	open_to_strategist = set(
		frappe.get_all(
			"Incident",
			filters={"name": ("in", list({row.case_name for row in rows}))},
			or_filters=[["strategist_contacted_on", "is", "set"], ["led_by_strategist", "=", 1]],
			pluck="name",
		)
	)
	told = {}  # user -> the rows they are told of, each with the role they are told it as
	for row in rows:
		row.told, row.passed_on = [], False
		for user, role in _receivers(row, plan, people, now).items():
			told.setdefault(user, []).append((row, role))
	subject = frappe.get_cached_doc("Hot Rutin Settings").mail_subject
	for user, reminders in told.items():
		account = people.account(user)
		reminders.sort(key=lambda reminder: reminder[0].due_on)
		queued = mails.queue(
			account,
			subject,
			[_("This waits for you:", account.language)],
			[_item(row, role, row.case_name in open_to_strategist, account, now) for row, role in reminders],
			key=" ".join([user, *(f"{row.name} {row.next_on}" for row, _role in reminders)]),
		)
		for row, role in reminders:
			row.told.append((role, queued))
	_note(rows, plan, now)


def _receivers(row, plan, people, now) -> dict[str, str]:
	"""Return user -> as what they are told of the step: who answers for it, and who is told too once it is late."""
	responsible = row.responsible_role
	users, asked = people.reach(responsible, row.case_name)
	# Whoever else stands in would tell the administrator whose case it is: they say who is reached.
	row.passed_on = asked == ADMINISTRATOR
	found = dict.fromkeys(users, asked)
	deputy_too, strategist_too = plan.told_too(row.due_on, now)
	if deputy_too and responsible in STAND_INS:
		stand_in = STAND_INS[responsible]
		for user in people.who(stand_in, row.case_name):
			if people.account(user):
				found.setdefault(user, stand_in)
	if strategist_too:
		users, asked = people.reach(STRATEGIST, row.case_name)
		found = {**dict.fromkeys(users, asked), **found}
	return found


def _item(row, role, open_to_strategist, account, now) -> dict:
	"""Return what a mail says of one step: never more than the case's name, the action, the time and a link."""
	language = account.language
	due_on = format_datetime(row.due_on, TIME_FORMAT)
	item = {
		"case_name": row.case_name,
		"action": row.action,
		"due_on": _("{0} (late)", language).format(due_on) if row.due_on < now else due_on,
	}
	if role == ADMINISTRATOR:
		item["note"] = _(
			"Nobody who answers for this can be reached. See that the case gets somebody who can.", language
		)
	elif role == STRATEGIST and not open_to_strategist:
		item["note"] = _(
			"This case needs attention. You cannot open it, since you have not been contacted about it: ask the parties' security officers.",
			language,
		)
	else:
		item["link"] = get_url_to_form(row.document_type, row.document)
	return item


def _note(rows, plan, now):
	"""Store with the plan's rows what was queued, and when the next reminder comes.

	Whom a reminder went to is for those whose step it is; the administrator reads when one went out.
	"""
	fields = ("name", "parent", "parenttype", "parentfield", "idx", "creation", "modified", "owner", "modified_by",
		"queued_on", "kind", "told_as", "email_queue", "status")  # fmt: skip
	user = frappe.session.user
	mail = frappe.qb.DocType("Reminder Mail")
	so_far = dict(
		frappe.qb.from_(mail)
		.select(mail.parent, Max(mail.idx))
		.where(mail.parent.isin([row.name for row in rows]))
		.groupby(mail.parent)
		.run()
	)
	frappe.db.bulk_insert(
		"Reminder Mail",
		fields,
		[
			(
				*(
					frappe.generate_hash(length=10),
					row.name,
					"Step Reminder",
					"mails",
					so_far.get(row.name, 0) + number,
				),
				*(now, now, user, user, now),
				*(reminder_plan.kind(row.due_on, now), role, queued, QUEUED),
			)
			for row in rows
			for number, (role, queued) in enumerate(row.told, start=1)
		],
	)
	for row in rows:
		lines = [row.reminded, line(now, reminder_plan.kind(row.due_on, now)) if row.told else None]
		next_on = plan.next_time(row.deadline, row.due_on, row.is_acute, now)
		frappe.db.set_value(
			"Step Reminder",
			row.name,
			{
				# What somebody was just reminded of comes first in the short list of their workspace.
				"modified": now,
				"since": now,
				**_coming(plan, next_on, row.deadline, row.due_on, row.is_acute),
				"reminded": "\n".join(filter(None, lines)),
				"mail_status": QUEUED if row.told else DELAYED,
				"passed_on": row.passed_on,
			},
			update_modified=False,
		)


def line(time: datetime, kind: str) -> str:
	"""Return what the plan says of one reminder: when it was queued, and of what kind it was."""
	return f"{format_datetime(time, TIME_FORMAT)} · {_(kind, lang='sv')}"


def _queue_one_by_one():
	"""Queue what is due, each by itself: one that fails keeps no other from going out. It is tried again in an hour."""
	# get_all: the system's own plan.
	for name in frappe.get_all("Step Reminder", filters={"next_on": ("<=", now_datetime())}, pluck="name"):
		try:
			_queue(_due(name))
			frappe.db.commit()
		except Exception:
			frappe.db.rollback()
			frappe.log_error(title="A reminder could not be queued")
			later = now_datetime() + timedelta(hours=1)
			frappe.db.set_value("Step Reminder", name, {"next_on": later, "mail_status": DELAYED})
			frappe.db.commit()


# --- what became of the mails


def mend() -> None:
	"""See to what went wrong, and to what was changed; runs every five minutes.

	Frappe gives up a mail after a few tries, and holds one whose sender has died for being sent. And where a worker was
	killed, its job is not started again for some minutes: this one stands in.
	"""
	free_mails()
	note_deliveries()
	queue_due()
	follow_new_plan()


def free_mails() -> None:
	"""Let mails that were given up, or that nobody is sending any more, go out with the next ones. None is ever dropped."""
	mail, now = frappe.qb.DocType("Email Queue"), now_datetime()
	for status, since in (("Sending", now - IN_HAND), ("Error", now - TRIED_AGAIN_AFTER)):
		(
			frappe.qb.update(mail)
			.set(mail.status, "Not Sent")
			.set(mail.retry, 0)
			.where((mail.status == status) & (mail.modified < since))
			.run()
		)
	for name in frappe.get_all(
		"Email Queue",
		filters={"status": "Not Sent", "creation": ("<", now - lost_jobs.LOST_AFTER)},
		pluck="name",
	):
		lost_jobs.free(f"email_queue_sendmail_{name}")
	frappe.db.commit()


def note_deliveries() -> None:
	"""Note with the plan which of its mails have been sent, and show the administrator those that wait for long."""
	# get_all: the system's own notes; the administrator reads the outcome.
	waiting = frappe.get_all(
		"Reminder Mail", filters={"status": QUEUED}, fields=["name", "parent", "queued_on", "email_queue"]
	)
	sent = dict(
		frappe.get_all(
			"Email Queue",
			filters={"name": ("in", list({row.email_queue for row in waiting} or [""])), "status": "Sent"},
			fields=["name", "modified"],
			as_list=True,
		)
	)
	sent = {str(name): on for name, on in sent.items()}
	now, delayed = now_datetime(), set()
	for row in waiting:
		if row.email_queue in sent:
			frappe.db.set_value("Reminder Mail", row.name, {"status": SENT, "sent_on": sent[row.email_queue]})
		elif row.queued_on < now - SHOWN_AS_DELAYED:
			delayed.add(row.parent)
	_show_as_delayed(delayed)
	for parent in {row.parent for row in waiting} - delayed:
		still = frappe.db.exists("Reminder Mail", {"parent": parent, "status": QUEUED})
		frappe.db.set_value(
			"Step Reminder", parent, "mail_status", QUEUED if still else SENT, update_modified=False
		)
	frappe.db.commit()


def _show_as_delayed(names):
	for name in names:
		frappe.db.set_value("Step Reminder", name, "mail_status", DELAYED, update_modified=False)


def tell_of_unreachable_people() -> None:
	"""Tell the administrators, every day until it is mended, which accounts and roles no mail can reach. Names no case."""
	found = unreachable()
	people = People()
	for user in people.who(ADMINISTRATOR, None) if found else ():
		account = people.account(user)
		if account:
			mails.queue(
				account,
				_("People of the routine cannot be reached", account.language),
				[
					_(
						"No reminder reaches these accounts or roles. Whoever is next in line gets it instead:",
						account.language,
					),
					*found,
				],
			)
