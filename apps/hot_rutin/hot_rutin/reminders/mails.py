"""The e-mails of the routine: neutral outside, and inside a case's random name, what waits, by when, and a link.

They are built here and laid in Frappe's Email Queue, which sends them. `frappe.sendmail` would work a style sheet into each
(some 0.3 s, in the request that causes the mail) and give each attempt to tell of the same thing another Message-ID.
"""

from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256

import frappe
from frappe import _
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.utils import now_datetime

from hot_rutin.case.deadlines import LOCAL


def queue(
	account: dict, subject: str, told: list[str], items: list[dict] = (), key: str | None = None
) -> str:
	"""Lay one mail in the queue, within the caller's transaction, and return the name of its `Email Queue`.

	`account` has `email` and `language`. `told` are sentences; each of `items` is a dict with `case_name`, `action`, `due_on`
	(text) and `link`, all but the first may be missing. Mails with the same `key` get the same Message-ID, so that mailboxes
	fold them. Raises `frappe.OutgoingEmailError` where the site has no outgoing e-mail account.
	"""
	sender = EmailAccount.find_outgoing(_raise_error=True).default_sender
	language = account.language or frappe.local.lang
	message_id = f"{sha256((key or frappe.generate_hash()).encode()).hexdigest()[:32]}@{frappe.local.site}"
	closing = frappe.get_cached_doc("Hot Rutin Settings").mail_closing
	texts = {"subject": subject, "told": told, "items": items, "closing": closing, "lang": language, "_": _}

	message = EmailMessage()
	message["Subject"] = " ".join(subject.split())  # a header is one line
	message["From"] = sender
	message["To"] = account.email
	message["Date"] = format_datetime(now_datetime().replace(tzinfo=LOCAL))
	message["Message-ID"] = f"<{message_id}>"
	message["Auto-Submitted"] = "auto-generated"
	for content, kind in (("message.txt", "plain"), ("message.html", "html")):
		body = frappe.get_template(f"templates/emails/{content}").render(texts)
		(message.set_content if kind == "plain" else message.add_alternative)(
			body, subtype=kind, cte="quoted-printable"
		)
	return (
		frappe.get_doc(
			{
				"doctype": "Email Queue",
				"priority": 1,
				"email_account": "",  # the site's own, whatever Frappe would fill in for whoever caused the mail
				"sender": sender,
				"message": message.as_string(),
				"message_id": message_id,
				"recipients": [{"recipient": account.email, "status": "Not Sent"}],
			}
		)
		.insert(ignore_permissions=True)  # nobody writes the queue by hand; what happens in a case does
		.name
	)
