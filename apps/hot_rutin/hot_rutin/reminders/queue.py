"""Reminders of steps that wait, laid in the mail queue when their time has come.

The plan is `Step Reminder`: a row for each step whose clock runs, with the time of its next reminder and the mails that went
out. An index finds what is due, so a run costs what is due, not what is stored. A run is one transaction: the mails in the
queue and the rows that say so are stored together or not at all, so that whatever dies in between, each reminder is queued
once. Rows that another run holds are left to it.
"""

from datetime import timedelta

import frappe
from frappe import _
from frappe.query_builder.functions import Max
from frappe.utils import format_datetime, get_url_to_form, now_datetime

from hot_rutin.access.policy import ADMINISTRATOR, STRATEGIST
from hot_rutin.case.deadlines import TIME_FORMAT
from hot_rutin.case.people import STAND_INS, People
from hot_rutin.case.validation import in_whole_seconds
from hot_rutin.reminders import mails
from hot_rutin.reminders.plan import kind
from hot_rutin.reminders.step_reminders import DELAYED, QUEUED, coming, line, plan_in_settings


def queue_due() -> None:
	"""Queue the mails whose time has come, one to each person; runs every minute. Two runs at once share the work."""
	try:
		_queue(_due())
		frappe.db.commit()
	except frappe.OutgoingEmailError:
		# Nothing is lost: the rows stay due until there is an account to send from.
		frappe.db.rollback()
		show_as_delayed([row.name for row in _due()])
		frappe.db.commit()
	except Exception:
		frappe.db.rollback()
		_queue_one_by_one()


def _due(name: str | None = None) -> list[dict]:
	"""Return the plan's rows that are due now, locked until the transaction ends, but for those that another run holds."""
	now, reminder = now_datetime(), frappe.qb.DocType("Step Reminder")
	is_due = reminder.next_on <= now
	if plan_in_settings().is_quiet(now):
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
	plan, people, now = plan_in_settings(), People(), in_whole_seconds(now_datetime())
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
				*(kind(row.due_on, now), role, queued, QUEUED),
			)
			for row in rows
			for number, (role, queued) in enumerate(row.told, start=1)
		],
	)
	for row in rows:
		lines = [row.reminded, line(now, kind(row.due_on, now)) if row.told else None]
		next_on = plan.next_time(row.deadline, row.due_on, row.is_acute, now)
		frappe.db.set_value(
			"Step Reminder",
			row.name,
			{
				# What somebody was just reminded of comes first in the short list of their workspace.
				"modified": now,
				"since": now,
				**coming(plan, next_on, row.deadline, row.due_on, row.is_acute),
				"reminded": "\n".join(filter(None, lines)),
				"mail_status": QUEUED if row.told else DELAYED,
				"passed_on": row.passed_on,
			},
			update_modified=False,
		)


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


def show_as_delayed(names) -> None:
	"""Show the administrator that mails of these `Step Reminder`s wait."""
	for name in names:
		frappe.db.set_value("Step Reminder", name, "mail_status", DELAYED, update_modified=False)
