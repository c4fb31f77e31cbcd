"""What an answer of the system says."""

import re

from world import said

INSIDE = re.compile(
	r"`tab|Traceback|\bselect\b[^\"]*\bfrom\b|SQL syntax|pymysql|OperationalError\(", re.IGNORECASE
)
INTERNAL = {"exc", "_exc_source", "exception", "_error_message", "_debug_messages"}


def tells_of_the_inside(answer):
	"""What an answer carries that is the framework's own, or None."""
	try:
		told = answer.json()
	except ValueError:
		return INSIDE.search(answer.text)
	return INTERNAL & told.keys() or INSIDE.search(
		told.get("_server_messages", "") if answer.ok else answer.text
	)


def answered(answer, *words, status=(403, 404, 409, 417)):
	"""The answer is a refusal in Swedish that holds these words."""
	assert answer.status_code in status, f"{answer.status_code} {answer.text[:2000]}"
	text = said(answer)
	for word in words:
		assert word.lower() in text.lower(), text[:600]


def text_fields(frappe, doctype):
	"""The fields of a document that people write text in."""
	fields = frappe.get_meta(doctype).fields
	texts = (
		"Data",
		"Small Text",
		"Text",
		"Long Text",
		"Text Editor",
		"Code",
		"HTML Editor",
		"Markdown Editor",
	)
	return [field.fieldname for field in fields if field.fieldtype in texts and not field.read_only]
