"""Comments of a case: text, with mentions and links, for those who read the case."""

import re
from urllib.parse import unquote

import frappe
from bs4 import BeautifulSoup
from frappe import _
from frappe.desk.notifications import extract_mentions
from frappe.utils import get_fullname, markdown
from frappe.utils.html_utils import sanitize_html

from hot_rutin.access.conditions import may_read
from hot_rutin.access.policy import READERS
from hot_rutin.case.people import signature

# What a comment is written with.
SAID_WITH = {
	*("a", "b", "blockquote", "br", "code", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "i", "li", "ol"),
	*("hr", "p", "pre", "s", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "u", "ul"),
}
# A mention, a list and a link. By other attributes the desk's own functions are called.
SAID_BESIDE = {
	"data-denotation-char",
	"data-id",
	"data-is-group",
	"data-link",
	"data-list",
	"data-value",
	"href",
}
LINK = re.compile(r"https?://|mailto:|tel:|/(?!/)|#", re.IGNORECASE)
# Any other class could have it cover the page.
SAID_LIKE = {"mention", "ql-editor", "ql-mention-denotation-char", "read-mode"}


def mention_readers_only(comment, _method=None) -> None:
	"""`Comment` hook: whoever is mentioned is told, so only those who may read the case can be.

	Raises `frappe.ValidationError`.
	"""
	if comment.reference_doctype not in READERS:
		return
	# Who says so comes with the request; it would stand in what the exposed person takes home.
	comment.comment_by, comment.comment_email = signature(), frappe.session.user
	for user in extract_mentions(comment.content or ""):
		if not may_read(comment.reference_doctype, comment.reference_name, user):
			frappe.throw(
				_("{0} has no access to this case and cannot be mentioned in it.").format(get_fullname(user))
			)


def keep_comment_plain(comment, _method=None) -> None:
	"""`Comment` hook: what somebody says is text, with mentions and links, and loads nothing in its readers' browsers.

	Raises `frappe.ValidationError` for anything else.
	"""
	if comment.comment_type != "Comment" and comment.is_new():
		return  # the framework's own
	# The dot: what looks like JSON, Frappe's filter lets through as it is.
	said = BeautifulSoup(sanitize_html(f".{comment.content or ''}").removeprefix("."), "html.parser")
	# The desk takes it for Markdown, which has pictures too.
	shown = BeautifulSoup(markdown(str(said)) or "", "html.parser")
	elements = [*said.find_all(True), *shown.find_all(True)]
	if {element.name for element in elements} - SAID_WITH:
		frappe.throw(_("A comment holds text only. Attach pictures and files to the case instead."))
	if not all(map(_is_plain_link, (element["href"] for element in elements if element.get("href")))):
		frappe.throw(_("A link in a comment is a plain address, without signs that a page could run."))
	for element in said.find_all(True):
		element.attrs = {
			key: value
			for key, value in element.attrs.items()
			if key in SAID_BESIDE or (key == "class" and {*value} <= SAID_LIKE)
		}
	comment.content = str(said)


def _is_plain_link(address: str) -> bool:
	"""Return whether an address is one that the desk draws as it is: parts of its own it takes for markup."""
	plain = unquote(unquote(unquote(address)))
	return bool(LINK.match(plain)) and not set(plain) & set("<>\"'`\\")
