"""What a request asks for, and by which way: read as the framework will read it, before the framework does.

Each property is one question that the gate asks (`gate.check_request`).
"""

import functools
import json
import re
from urllib.parse import unquote, urlsplit

import frappe
from frappe import _
from frappe.modules.utils import load_doctype_module

from hot_rutin import files
from hot_rutin.access import CHOICES, LOGS, PARENTS, READERS, REGISTERS, SETTINGS, SHADOWS
from hot_rutin.channels import (
	CHANNELS,
	DELETING,
	DOCUMENTS,
	LISTS,
	OWN_REPORTS,
	POSTED,
	REPORTS,
	SEARCH_QUERIES,
	SEARCHES,
	SHELLS,
	SHOWN,
	STORING,
	TRACE_CHANNELS,
	UPLOADED_TO,
	USER_QUERY,
	WHOLE_DOCUMENT,
	WRITTEN,
	is_known,
)
from hot_rutin.names import NAME, documents_behind, spelled_plainly
from hot_rutin.plausibility import OWN_ADDRESS
from hot_rutin.query_parts import columns, holds_sql, parsed_json, unfolded
from hot_rutin.shapes import TEXTS, is_document, is_well_formed

# A waiting job holds what it was given: the words of a comment, say. A queued mail may hold the key to an account.
CLOSED_DOCTYPES = ("rq job", "email queue", "email queue recipient", "recorder", "recorder query")
# What everybody may know of an account.
WHO_IT_IS = {
	"email",
	"enabled",
	"first_name",
	"full_name",
	"last_name",
	"middle_name",
	"user_image",
	"user_type",
	"username",
}
# Where a request puts the name of the document that it is about.
NAMES = ("name", "docname", "dn", "reference_name", "value")
PRINTING = "frappe.www.printview.get_html_and_style"
COMMENTING = "frappe.desk.form.utils.add_comment"
NUMBER_CARDS = {
	"frappe.desk.doctype.number_card.number_card.get_result",
	"frappe.desk.doctype.number_card.number_card.get_percentage_difference",
}
COUNTS = {
	"frappe.desk.reportview.get_count",
	"frappe.desk.reportview.get_sidebar_stats",
	"hot_rutin.closings.get_count",
}
# These hold the code of a case that their reader may not open.
CODE_HOLDERS = ("Disqualification", *LOGS)
NAMED_FOR_THEIR_OWNER = {"Dashboard Settings", "Notification Settings"}
# Rows beside documents that a method is about, where it names them, and whose they are (or else who may read them).
ROWS_BY_METHOD = {
	"frappe.desk.form.utils.remove_attach": ("File", "fid", None),
	"frappe.desk.form.utils.update_comment": ("Comment", "name", "owner"),
	"frappe.desk.doctype.notification_log.notification_log.mark_as_read": (
		"Notification Log",
		"docname",
		"for_user",
	),
}
# The words of a query, wherever else a client may bring one into the framework's SQL: in one text or in pieces. To MariaDB
# `\Nfrom` is two words.
QUERY = (
	re.compile(r"(?<![a-z_])select(?![a-z_])"),
	re.compile(r"(?:(?<![a-z_])|(?<=\\n))from(?![a-z_])"),
)
TEXT_FIELDS = {"Data", "Small Text", "Text", "Long Text", "Text Editor"}
# Keys under which a request names a DocType.
NAMES_DOCTYPE = re.compile(r"\A(?:doctype|dt|parent|.*_doctype|.*_dt|document_type|doc_type)\Z")
OURS = {doctype.casefold(): doctype for doctype in (*READERS, *PARENTS, *REGISTERS, *LOGS)}
TRACES = {doctype.casefold(): doctype for doctype in SHADOWS}
# What names our DocTypes, in steps and deadlines.
NAMING = (*SETTINGS, *CHOICES)
ROWS = {doctype.casefold() for doctype in PARENTS}


# Characters that may be sent at once, files apart: all of it is looked through.
LARGEST = 2_000_000
LARGEST_FROM_GUESTS = 10_000


class Request:
	"""What a request asks for: its method or resource, and every word that could name something."""

	def __init__(self):
		self.path = unquote(frappe.request.path).strip("/")
		self.parts = self.path.split("/")
		self.called = self._called()
		self.method = self._method()
		self.resource = self._resource()
		if self.method in SEARCHES:
			frappe.form_dict.pop("reference_doctype", None)  # says only in which form the field stands
			# Any letter in their place: at a parenthesis the framework would look for the end of a function.
			frappe.form_dict.txt = str(frappe.form_dict.get("txt") or "").translate({40: "_", 41: "_"})
		if self.method in REPORTS and unfolded(frappe.form_dict.get("custom_columns")) == []:
			del frappe.form_dict.custom_columns  # so the desk says that there are none
		name = frappe.form_dict.get("filters")
		if self.method == "frappe.client.get_value" and name and isinstance(name, str):
			# This method takes the name itself for a filter as well.
			if not isinstance(parsed_json(name), dict | list):
				frappe.form_dict.filters = json.dumps({"name": name})
		if self.method == PRINTING and self._whole_document:
			# What is printed is what is stored, and not what a browser sends.
			frappe.form_dict.name = str(self._whole_document.get("name") or "")
			frappe.form_dict.doc = self._whole_document.get("doctype")
			del self._whole_document
		sent = [frappe.form_dict, self._body()]
		longest = LARGEST_FROM_GUESTS if frappe.session.user in ("Guest", None) else LARGEST
		if max(len(repr(part)) for part in sent) > longest:
			frappe.throw(_("This is too much at once. Attach long texts as files."))
		self.sent = self._without_texts()
		asked = unfolded([self.path, self.parts, frappe.request.path, self.sent])
		self.words = set(_words(asked))
		self.words |= spelled_plainly(self.words)
		self.named = {*_named(asked), (self.resource or "").casefold()}
		self.named |= spelled_plainly(self.named)
		self.logged = set()
		# Whether a list answers with nothing but a number (see `reading.name_the_rows`).
		self.counts = False

	@property
	def is_page(self) -> bool:
		"""The desk's shell, a login page, an asset: nothing of a case is in them."""
		return not self.method and self.parts[0] in SHELLS

	@property
	def is_closed(self) -> bool:
		"""Whether the routine uses no such method or page, or it opens what no rule about documents can hold."""
		is_used = is_known(self.method) if self.method else self.parts[0] in {"api", *DOCUMENTS}
		return (
			not is_used
			or self.calls_what_it_is_told
			or self.calls_the_document_s_own_method
			or self.runs_another_report
			or self.counts_by_another_function
			or self.uploads_by_name
			or (self.method in POSTED and frappe.request.method != "POST")
			or self.uploads_to_what_holds_no_file
			or self.comments_on_what_is_no_case
			or self.calls_two_methods
			or self.leads_elsewhere
			or self.writes_a_row_as_a_document
			or self.writes_what_is_deployed
			or self.is_about_what_is_not_shown
			or self.is_about_another_s_settings
			or self.is_of_the_second_api_s_own
			or self.holds_markup_in_its_address
			or self.lists_what_is_personal
			or not self.named.isdisjoint(CLOSED_DOCTYPES)
		)

	@property
	def lists_what_is_personal(self) -> bool:
		"""Whether more is asked of an account than who it is, such as its telephone, by somebody who keeps none; or what Frappe
		keeps for each account, secrets among it."""
		if self.writes:
			return False
		if "defaultvalue" in self.words:
			return True
		if "System Manager" in frappe.get_roles():
			return False
		meta = frappe.get_meta("User")
		if not self.words.isdisjoint(table.options.casefold() for table in meta.get_table_fields()):
			return True
		if self.target != "User" and frappe.form_dict.get("query") != USER_QUERY:
			return False
		asked = columns(frappe.form_dict)
		personal = {field.fieldname for field in meta.fields} - WHO_IT_IS
		return "*" in asked or not asked.isdisjoint(personal)

	@property
	def calls_what_it_is_told(self) -> bool:
		"""Whether a method is told to call another one, which no rule here would see, but for what a search may ask."""
		if self.method == "upload_file" and frappe.form_dict.get("method"):
			return True
		query = self.method and frappe.form_dict.get("query")
		return bool(query) and not (self.method in SEARCHES and query in SEARCH_QUERIES)

	@property
	def calls_the_document_s_own_method(self) -> bool:
		"""Whether a resource is not read or written, but told to do something: past the permission levels, and perhaps with what
		the request makes up. `rename` would take a case's random name away."""
		return "run_method" in frappe.form_dict or (
			self.resource is not None and "method" in self.parts[self._at() + 1 :]
		)

	@property
	def runs_another_report(self) -> bool:
		"""Whether a report is not the routine's own: the framework's, or one that adds columns from any document."""
		is_own = frappe.form_dict.get("report_name") in OWN_REPORTS and not frappe.form_dict.get(
			"custom_columns"
		)
		return self.method in REPORTS and not is_own

	@property
	def counts_by_another_function(self) -> bool:
		"""Whether a number card is told to add up, or to find the largest: that would be a value, and not how many there are."""
		card = self._whole_document if self.method in NUMBER_CARDS else None
		return bool(card) and card.get("function") != "Count"

	@property
	def uploads_by_name(self) -> bool:
		"""Whether an upload brings no file, but says where one is: on the server, among others' files, or elsewhere."""
		asked = frappe.form_dict
		return self.method == "upload_file" and (
			"file" not in frappe.request.files
			or any(map(asked.get, ("file_url", "library_file_name", "content")))
		)

	@property
	def uploads_to_what_holds_no_file(self) -> bool:
		"""Whether a file would be attached to something else than a case's document or one's own account."""
		if self.method != "upload_file" or not self.target:
			return False
		another_s = self.target == "User" and frappe.form_dict.get("docname") != frappe.session.user
		return self.target not in UPLOADED_TO or (another_s and "System Manager" not in frappe.get_roles())

	@property
	def comments_on_what_is_no_case(self) -> bool:
		"""Whether something is said of what is no case: nobody asks for it, and whoever is mentioned would be sent it by mail."""
		return self.method == COMMENTING and frappe.form_dict.get("reference_doctype") not in READERS

	@property
	def calls_two_methods(self) -> bool:
		"""Whether the path calls another method than the parameter does: the framework signs in by the one, and runs the other."""
		in_path = self.parts[1:] if self.parts[0] == "api" else []
		return bool(frappe.form_dict.get("cmd") and in_path and in_path[-1] != frappe.form_dict.cmd)

	@property
	def leads_elsewhere(self) -> bool:
		"""Whether somebody would be led from the sign-in page to another system."""
		return any(
			frappe.form_dict.get(key) and not OWN_ADDRESS.match(str(frappe.form_dict[key]))
			for key in ("redirect-to", "redirect_to")
		)

	@property
	def writes_a_row_as_a_document(self) -> bool:
		"""Whether what is written says that it is a row: Frappe saves whatever it says that it is a row of, afterwards."""
		if not self.writes:
			return False
		asked = frappe.form_dict
		sent = (asked, self._whole_document, *map(unfolded, (asked.get("data"), asked.get("fieldname"))))
		return any(
			isinstance(document, dict) and (document.get("parenttype") or document.get("parent"))
			for document in sent
		)

	@property
	def writes_what_is_deployed(self) -> bool:
		"""Whether a document is written that the routine does not write."""
		return self.writes and self.target not in WRITTEN

	@property
	def is_about_what_is_not_shown(self) -> bool:
		"""Whether it is about a DocType that the routine's desk does not show."""
		return bool(self.target) and self.target not in SHOWN and self.target.casefold() not in ROWS

	@property
	def is_about_another_s_settings(self) -> bool:
		"""Whether it is about how another account's desk looks, or what it is told of: the framework lists them to nobody, and
		gives each to anybody."""
		if self.target not in NAMED_FOR_THEIR_OWNER or "System Manager" in frappe.get_roles():
			return False
		return not {frappe.session.user}.issuperset(self.named_documents())

	@property
	def is_of_the_second_api_s_own(self) -> bool:
		"""Whether the second version of the API is asked what the first has no address for: it counts by itself."""
		return self.parts[:3] == ["api", "v2", "doctype"]

	@property
	def holds_markup_in_its_address(self) -> bool:
		"""Whether a page's address holds markup: the desk draws parts of it."""
		if self.method or self.parts[0] == "api":
			return False
		return bool({"<", ">"} & set(unquote(unquote(frappe.request.full_path))))

	@property
	def writes(self) -> bool:
		"""Whether a document is made, changed or deleted as such."""
		if self.resource is not None:
			return frappe.request.method not in ("GET", "HEAD")
		return self.method in STORING | DELETING

	@property
	def deletes(self) -> bool:
		"""Whether a document is deleted."""
		return self.method in DELETING or (self.resource is not None and frappe.request.method == "DELETE")

	@property
	def carries_a_query(self) -> bool:
		"""Whether anything that the framework would write into its SQL is more than a name, or looks like a query."""
		if holds_sql(self.sent):
			return True
		# The framework formats some finished queries: what names a parameter there becomes SQL, whatever quotes it stands in.
		return any("%(" in word for word in self.words) or all(
			any(map(part.search, self.words)) for part in QUERY
		)

	@property
	def names_traces(self) -> bool:
		"""Whether the request is about what the framework keeps beside documents."""
		return not self.named.isdisjoint(TRACES)

	@property
	def is_known_to_hold_traces(self) -> bool:
		"""Whether the channel holds the permissions of what the framework keeps beside documents."""
		if self.asks_another:
			return False
		if self.resource is not None:
			return True
		# A search names rows by any of their columns, and no document that they belong to.
		return self.method in CHANNELS - SEARCHES | TRACE_CHANNELS or self.parts[0] == "printview"

	@property
	def asks_another(self) -> bool:
		"""Whether a search lets another method find what it shows."""
		return bool(frappe.form_dict.get("query"))

	@property
	def asks_for_a_file_that_is_not_there(self) -> bool:
		about_files = (
			self.parts[0] in ("private", "files") or "file" in (self.method or "") or "file" in self.named
		)
		urls = files.private_urls(self.words) if about_files else None
		return bool(urls) and not frappe.db.exists("File", {"file_url": ("in", list(urls))})

	@property
	def is_misshapen(self) -> bool:
		"""Whether a list or an object stands where the desk sends a text: the framework would take it for a condition."""
		body = parsed_json(self._body() or "") if self.resource is not None else None
		right = is_document if self.resource is not None and self.writes else is_well_formed
		data = {"data": frappe.form_dict.get("data")}
		return not (right(frappe.form_dict) and is_well_formed(data) and is_document(body))

	@property
	def attaches_from_a_case(self) -> bool:
		"""Whether a case's file is given as the content of something else, which would copy it there."""
		is_reading = frappe.request.method in ("GET", "HEAD") or (self.method or "").endswith("download_file")
		return not is_reading and bool(self.documents_of_files)

	@property
	def is_list(self) -> bool:
		"""Whether the answer is a list of documents."""
		reads = frappe.request.method in ("GET", "HEAD")
		return self.method in LISTS or (
			self.resource is not None and reads and len(self.parts) == self._at() + 1
		)

	@property
	def way(self) -> str:
		"""How a case is read, in a word for the log."""
		if self.parts[0] == "private" or (self.method and ("file" in self.method or "attach" in self.method)):
			return "File"
		if "export" in (self.method or ""):
			return "Export"
		if "pdf" in (self.method or ""):
			return "PDF"
		if "print" in (self.method or self.path):
			return "Print"
		if self.method and (
			"getdoc" in self.method or "savedocs" in self.method or "workflow" in self.method
		):
			return "Form"
		return "List" if self.is_list else "REST"

	@property
	def counted(self) -> str | None:
		"""The DocType whose documents are counted, if the answer is how many there are."""
		return self.target if self.counts or self.method in COUNTS | NUMBER_CARDS else None

	@property
	def is_about_codes(self) -> bool:
		"""Whether it is about what holds the code of a case that its reader may not open."""
		return self.target in CODE_HOLDERS

	@property
	def is_about_a_register(self) -> bool:
		"""Whether it is about a document of a register or a log, and not a list of them."""
		return self.target in (*REGISTERS, *LOGS) and (self.writes or bool(self.named_documents()))

	@property
	def target(self) -> str | None:
		"""The DocType that the request is about itself."""
		if self.resource:
			return self.resource
		if self.method in NUMBER_CARDS and self._whole_document:
			return self._whole_document.get("document_type")
		if self.method in WHOLE_DOCUMENT:
			body = self._whole_document
			return body.get("doctype") if body else frappe.form_dict.get("doc")
		if self.method in REPORTS:
			# The auditor's report may be asked for one case, as the log itself.
			return "Incident Access Log" if frappe.form_dict.get("report_name") == "Access Log" else None
		doctype = frappe.form_dict.get("doctype")
		return doctype if isinstance(doctype, str) else None

	def named_documents(self) -> list[str]:
		"""Return the names of the documents that the request is about itself."""
		named = [self.sent[0].get(key) for key in NAMES]
		if self.resource and len(self.parts) > self._at() + 1:
			named.append("/".join(self.parts[self._at() + 1 :]))
		if self.method in WHOLE_DOCUMENT and self._whole_document:
			named.append(self._whole_document.get("name"))
		return [str(name) for name in named if name]

	def names_of_documents(self) -> set[str]:
		"""Return the names of all documents of cases that the request names, or names something of."""
		names = {word.upper() for word in self.words if NAME.match(word)}
		return names | documents_behind(self.words) | self.documents_behind_target()

	@functools.cached_property
	def documents_of_files(self) -> set[str]:
		"""The names of the cases' documents whose files the request names."""
		return documents_behind(files.private_urls(self.words))

	def documents_behind_target(self) -> set[str]:
		"""Return the names of the cases' documents that the asked-for comments, versions, shares ... belong to."""
		if self.target not in SHADOWS:
			return set()
		rows = [
			frappe.db.get_value(self.target, name, SHADOWS[self.target]) for name in self.named_documents()
		]
		return {row[1].upper() for row in rows if row and row[0] in READERS and NAME.match(row[1] or "")}

	def asks_for_what_is_not_there(self, readable: set[str]) -> bool:
		"""Whether a document of a case, or a comment, version, share ... is named that there is none of, or that one may not read:
		numbers can be guessed, and tell how many a case has. A name in disguise names nothing: it would be stored as it is sent."""
		if self.is_about_codes:
			return False
		named = set(self.named_documents())
		rows = {(self.target, name) for name in named} if self.target in SHADOWS else set()
		if self.method in ROWS_BY_METHOD:
			doctype, key, owner = ROWS_BY_METHOD[self.method]
			row = (doctype, str(frappe.form_dict.get(key)))
			if not owner:
				rows.add(row)
			elif frappe.db.get_value(*row, owner) != frappe.session.user:
				return True
		if not all(
			frappe.db.exists(doctype, name) and frappe.has_permission(doctype, "read", name)
			for doctype, name in rows
		):
			return True
		if self.target in SHADOWS:
			return False
		return any(NAME.match(name) and name.upper() not in readable for name in named) or any(
			NAME.match(name) for name in spelled_plainly({name.strip() for name in named})
		)

	def is_known_channel(self, doctypes: set[str]) -> bool:
		"""Return whether the request reaches `doctypes` by a channel that holds their permissions."""
		if self.asks_another:
			return False
		if self.method == COMMENTING and not doctypes <= set(READERS):
			return False  # what is said of a case stands in the case, not beside a plan, a log or a register
		if self.method == "hot_rutin.closings.get_open_count" and self.target not in (*READERS, *REGISTERS):
			return False  # counted beside something else
		rows = {doctype for doctype in doctypes if doctype.casefold() in ROWS}
		if rows and self.is_list and self.target not in (*READERS, *REGISTERS):
			return False  # no list is filtered by rows that its reader may not see
		if self.resource is not None:
			# A mention in a request for something else (a share, a report, a file's row) is no way in.
			is_about_them = self.resource in doctypes or (self.writes and self.resource in NAMING)
			return is_about_them and self.resource.casefold() not in ROWS
		if self.method in WHOLE_DOCUMENT | STORING:
			return self.target in (*READERS, *REGISTERS, *NAMING)
		if rows and self.method not in LISTS:
			return self.method == "frappe.desk.form.load.getdoctype"
		return self.method in CHANNELS or self.parts[0] == "printview"

	@functools.cached_property
	def _whole_document(self):
		# Asked for by many of these, and long: read once.
		body = frappe.form_dict.get("doc") or frappe.form_dict.get("docs")
		if isinstance(body, str):
			body = parsed_json(body)
		return body if isinstance(body, dict) else None

	def _without_texts(self):
		"""What the request sends, less the texts in it: what somebody has written or searches for may hold any words, a code or a
		query among them, and neither names nor asks for anything."""
		asked, body = frappe.form_dict, parsed_json(self._body() or "")
		if self.method:
			asked = {key: value for key, value in asked.items() if not TEXTS.fullmatch(key)}
		if self.target not in (*READERS, *REGISTERS) or not (self.writes or self.method in WHOLE_DOCUMENT):
			return [asked, body]
		texts = _texts_of(self.target)
		if str(asked.get("fieldname")) in texts:
			texts.add("value")
		return _without(texts, unfolded([asked, body]))

	def _body(self):
		"""What the framework reads past `form_dict`: the body of a request for a resource, of any content type."""
		if self.resource is None:
			return None
		return frappe.request.get_data(as_text=True)

	def _called(self):
		"""The name that a method is called by, or an empty text."""
		# Frappe prefers `cmd` to the path.
		called = frappe.form_dict.get("cmd")
		if not called and self.parts[0] == "api" and "method" in self.parts[1:3]:
			called = self._method_in_path(self.parts[self.parts.index("method") + 1 :])
		return called or ""

	def _method(self):
		# By the name that it is called by: an alias of a method is no known channel.
		in_its_place = frappe.get_hooks("override_whitelisted_methods", {}).get(self.called)
		return next(iter(in_its_place or []), self.called) or None

	def _method_in_path(self, names):
		"""What the path calls: version 1 of the API takes the first part, version 2 also a DocType and its method."""
		if self.parts[1] == "v2" and len(names) == 2 and frappe.db.exists("DocType", names[0]):
			return f"{load_doctype_module(names[0]).__name__}.{names[1]}"
		return names[0] if names else None

	def _at(self):
		"""Where in the path the DocType of a resource stands."""
		return 3 if self.parts[1] in ("v1", "v2") and len(self.parts) > 3 else 2

	def _resource(self):
		if self.parts[0] == "api" and not self.method and len(self.parts) > 2:
			named = self.parts[self._at()]
			return OURS.get(named.casefold(), named)
		return None


def _texts_of(doctype):
	"""The fields of a document and of its rows that hold a text. A case's name is no text."""
	meta = frappe.get_meta(doctype)
	metas = [meta, *(frappe.get_meta(table.options) for table in meta.get_table_fields())]
	fields = [field for meta in metas for field in meta.fields]
	others = {field.fieldname for field in fields if field.fieldtype not in TEXT_FIELDS}
	return {field.fieldname for field in fields} - others - {"incident", "case_name"}


def _without(keys, value):
	if isinstance(value, dict):
		return {key: _without(keys, inner) for key, inner in value.items() if key not in keys}
	return [_without(keys, inner) for inner in value] if isinstance(value, list) else value


def _words(value):
	"""Yield every text in an unfolded request, keys too, as it could name something."""
	if isinstance(value, dict):
		for key, inner in value.items():
			yield from _words(unfolded(key))
			yield from _words(inner)
	elif isinstance(value, list):
		for inner in value:
			yield from _words(inner)
	elif isinstance(value, str):
		word = value.strip()
		yield word.casefold()
		yield from (match.casefold() for match in re.findall(r"`tab([^`]+)`", word))
		if word.startswith(("http://", "https://")):
			yield urlsplit(word).path.casefold()
		if word[:1] == '"':
			quoted = parsed_json(word)
			if quoted is not None and quoted != value:
				yield from _words(unfolded(quoted))


def _named(value):
	"""Yield what an unfolded request names as a DocType, at whatever depth."""
	if isinstance(value, dict):
		for key, inner in value.items():
			if isinstance(inner, str) and NAMES_DOCTYPE.match(str(key)):
				yield inner.strip().casefold()
			yield from _named(inner)
	elif isinstance(value, list):
		for inner in value:
			yield from _named(inner)
