"""The one door to the cases: every request passes here before the framework acts on it.

The framework has some hundreds of methods that take a DocType or a name, and checks in each its own way. So the
routine's documents are denied by default: a request that names one of our DocTypes must use a channel that is known to
hold the permissions (`CHANNELS`), and a request that names a case must come from somebody who may read that case. The
refusal is the same whether the case exists or not.

Here, too, reading is logged: before the framework answers, so that the row stands even if the answer fails.
"""

import functools
import json
import re
from urllib.parse import unquote, urlsplit

import frappe
from frappe import _
from frappe.modules.utils import load_doctype_module

from hot_rutin import access_log, files
from hot_rutin.access import LOGS, PARENTS, READERS, REGISTERS, SETTINGS, SHADOWS, may_read
from hot_rutin.channels import (
	ASKED_AS_A_USER,
	CHANNELS,
	DELETING,
	DOCUMENTS,
	LISTS,
	OWN_REPORTS,
	REPORTS,
	SEARCH_QUERIES,
	SEARCHES,
	SHELLS,
	STORING,
	TRACE_CHANNELS,
	WHOLE_DOCUMENT,
	WRITTEN,
	is_known,
)
from hot_rutin.query_parts import holds_sql, listed, parse_field, parsed_json
from hot_rutin.shapes import is_document, is_well_formed

CODE = "[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}"
NAME = re.compile(rf"\A(?:H-{CODE}|U-{CODE}|[PM]-{CODE}(?:-\d+)?)\Z", re.IGNORECASE)
DOCUMENT_OF = {"H": "Incident", "P": "Police Report", "U": "Follow-up", "M": "Masked Copy"}

# A waiting job holds what it was given: the words of a comment, say. A queued mail may hold the key to an account.
CLOSED_DOCTYPES = ("rq job", "email queue", "email queue recipient", "recorder", "recorder query")
# Not everybody who may read may do this: it logs what it has given.
LOGS_ITSELF = {"hot_rutin.paper.export_case"}
# Where a request puts the name of the document that it is about.
NAMES = ("name", "docname", "dn", "reference_name", "value")
NUMBER_CARDS = {
	"frappe.desk.doctype.number_card.number_card.get_result",
	"frappe.desk.doctype.number_card.number_card.get_percentage_difference",
}
COUNTS = {"frappe.desk.reportview.get_count", "hot_rutin.closings.get_count"}
TEXTS = ("Data", "Small Text", "Text", "Long Text", "Text Editor")
# These hold the code of a case that their reader may not open.
CODE_HOLDERS = ("Disqualification", *LOGS)
ROW_ID = re.compile(r"\A[0-9a-z]{10}\Z")
BY_NAME = re.compile(r"\A(?:`tab[^`]+`\.)?`?name`?\Z")
# The words of a query, wherever else a client may bring one into the framework's SQL: in one text or in pieces. To MariaDB
# `\Nfrom` is two words.
QUERY = (
	re.compile(r"(?<![a-z_])select(?![a-z_])"),
	re.compile(r"(?:(?<![a-z_])|(?<=\\n))from(?![a-z_])"),
)
# What a client may not have a list do: show rows under other names than their own, or one column alone.
UNNAMING = ("pluck", "update", "run", "aggregate_function", "aggregate_on_field", "aggregate_on_doctype")
# Keys under which a request names a DocType.
NAMES_DOCTYPE = re.compile(r"\A(?:doctype|dt|parent|.*_doctype|.*_dt|document_type|doc_type)\Z")
PLAIN = "".join(map(chr, range(32, 127)))

OURS = {doctype.casefold(): doctype for doctype in (*READERS, *PARENTS, *REGISTERS, *LOGS)}
TRACES = {doctype.casefold(): doctype for doctype in SHADOWS}
ROWS = {doctype.casefold() for doctype in PARENTS}


def check_request() -> None:
	"""`auth_hooks`: refuse what goes another way than `CHANNELS`, or to a case that is not the person's. Log the reading.

	Raises `frappe.PermissionError`, in the same words for a case that does not exist.
	"""
	refuse_other_keys()
	request = Request()
	if request.is_page:
		return
	named_doctypes = {OURS[word] for word in request.words if word in OURS}
	if (
		request.is_closed
		or request.is_misshapen
		or request.carries_a_query
		or (named_doctypes and not request.is_known_channel(named_doctypes))
		or (request.names_traces and not request.is_known_to_hold_traces)
	):
		# Said without a look at any case, so it is the same for all.
		frappe.throw(
			_("This function is not used here: only what the routine needs is switched on."),
			frappe.PermissionError,
			title=_("Not Used Here"),
		)
	if named_doctypes and holds_a_share(named_doctypes):
		refuse()
	if named_doctypes or request.names_traces:
		# A client may ask that user permissions be passed over, which passes by all conditions. Not here.
		frappe.form_dict.pop("ignore_user_permissions", None)
	frappe.form_dict.pop("debug", None)  # would answer with the query, and the conditions in it
	if request.method in ASKED_AS_A_USER:
		frappe.form_dict.pop("user", None)
	if request.method in REPORTS:
		frappe.form_dict.ignore_prepared_report = "1"  # which was stored for somebody else
	request.name_the_rows()
	frappe.flags.asked = request
	if request.target in CODE_HOLDERS and not named_doctypes.intersection(READERS):
		return  # these hold the code of a case that their reader may not open, and their own rules
	names = {word.upper() for word in request.words if NAME.match(word)}
	names |= documents_behind(request.words) | request.documents_behind_target()
	readable = {name for name in names if may_read(DOCUMENT_OF[name[0]], name)}
	# A police report names its case, which the director may not open: of what is only mentioned, one readable document of a
	# case is enough to pass here.
	foreign = {access_log.case_of(name) for name in names} - {access_log.case_of(name) for name in readable}
	# A file's name that was guessed is neither confirmed nor denied: both are refused by this one line.
	if foreign or request.asks_for_a_file_that_is_not_there or request.asks_for_what_is_not_there(readable):
		refuse()
	if request.attaches_from_a_case:
		frappe.throw(_("A case's file stays with its case."), frappe.PermissionError)
	if request.method == "upload_file":
		files.check_upload(request.target)
	if request.method not in LOGS_ITSELF:
		access_log.record(readable, request.way)
		request.logged = readable


def refuse() -> None:
	"""Raise the one refusal that tells nothing."""
	frappe.throw(
		_("You have no access to this case, or not any more. Nothing was saved."),
		frappe.PermissionError,
		title=_("No Access"),
	)


def refuse_other_keys() -> None:
	"""Raise `frappe.PermissionError` where the request is signed with a key that is not a user's own.

	Frappe takes one from any DocType with the right fields, and lets in whomever its row names.
	"""
	if frappe.get_request_header("Frappe-Authorization-Source", "User") != "User":
		frappe.set_user("Guest")
		frappe.throw(_("Not permitted"), frappe.PermissionError)


def holds_a_share(doctypes: set[str]) -> bool:
	"""Return whether any document of `doctypes` is shared with the signed-in user, or with everybody.

	Nobody can share one here. A share that is there all the same opens no document, but the framework lists by it past our
	conditions, and its errors tell the names.
	"""
	# Raw SQL: asked at nearly every request, and the answer is yes or no.
	return bool(
		frappe.db.sql(
			"select 1 from `tabDocShare` where share_doctype in %s and (user = %s or everyone = 1) limit 1",
			(tuple(doctypes), frappe.session.user),
		)
	)


def log_answer(response=None, request=None) -> None:
	"""`after_request` hook: log the cases that an answer holds and the request did not name, as lists do."""
	asked = frappe.flags.asked
	if not asked or not response or response.status_code != 200:
		return
	access_log.record(frappe.flags.pop("shown_in_report", None) or set(), "Report")
	if asked.logged:
		keep_in_no_cache(response)
	if not response.is_json or asked.target in CODE_HOLDERS:
		return
	shown = set(_documents_in(response.get_json(silent=True)))
	if asked.is_list and asked.target in (*READERS, *SHADOWS):
		initials = {initial for initial, document in DOCUMENT_OF.items() if document == asked.target}
		shown |= {
			name
			for name in re.findall(rf"\"((?:H|P|U|M)-{CODE}(?:-\d+)?)\"", response.get_data(as_text=True))
			if not initials or name[0] in initials
		}
	shown |= asked.counted_by_their_texts()
	shown = {name for name in shown - asked.logged if may_read(DOCUMENT_OF[name[0]], name)}
	if shown:
		keep_in_no_cache(response)
	access_log.record(shown, asked.way)


def keep_in_no_cache(response) -> None:
	"""Ask browsers and whatever stands between to keep nothing of an answer that shows a case: access may end today."""
	response.headers["Cache-Control"] = "no-store"


def log_shown(documents: set[str]) -> None:
	"""Log the reading of documents that a request did not name, as a dossier shows them. Outside a request, nobody reads."""
	asked = frappe.flags.asked
	if asked:
		access_log.record(documents - asked.logged, asked.way)
		asked.logged |= documents


def documents_behind(words: set[str]) -> set[str]:
	"""Return the names of the cases' documents to which files, comments, versions ... named in `words` belong."""
	ids = {word for word in words if ROW_ID.match(word)}
	urls = files.private_urls(words)
	found = set()
	documents = ", ".join(frappe.db.escape(document) for document in READERS)
	for shadow, (kind, name) in SHADOWS.items() if ids or urls else ():
		# Twice: where names are numbers, MariaDB holds any word that begins with digits for equal to one.
		wanted = ["(name in %(ids)s and concat(name, '') in %(ids)s)"] if ids else []
		if urls and shadow == "File":
			wanted.append("file_url in %(urls)s")
		if wanted:
			# Raw SQL: whoever asks, the case decides, right after this.
			rows = frappe.db.sql(
				f"select `{name}` from `tab{shadow}` where `{kind}` in ({documents}) and ({' or '.join(wanted)})",
				{"ids": tuple(ids), "urls": tuple(urls)},
			)
			found.update(row[0].upper() for row in rows if row[0] and NAME.match(row[0]))
	return found


@functools.cache
def _letters(collation: str) -> dict[str, str]:
	"""Return, by its weight in the database's order, each plain character."""
	# Raw SQL: only the database knows its own order; no table is read.
	weights = frappe.db.sql(
		"select " + ", ".join(f"hex(weight_string(%s collate {collation}))" for _letter in PLAIN),
		tuple(PLAIN),
	)[0]
	# Lower case last: it is the one to keep where both weigh the same.
	return dict(zip(weights, PLAIN, strict=True))


def spelled_plainly(words: set[str]) -> set[str]:
	"""Return what the database holds `words` for: to it `Ｈ`, `ħ` and `h` followed by something invisible are all `h`.

	So a name in disguise finds the document of that name, and is the same to the gate.
	"""
	disguised = [
		word
		for word in words
		if not (word.isascii() and word.isprintable())
		# No name is longer; a story is not looked into.
		and sum(letter.isascii() and letter.isalnum() for letter in word) <= 140
	]
	if not disguised:
		return set()
	# Raw SQL: only the database knows what it takes for equal.
	collation = frappe.db.sql("select @@collation_database")[0][0]
	letters = _letters(collation)
	weights = frappe.db.sql(
		"select " + ", ".join(f"hex(weight_string(%s collate {collation}))" for _word in disguised),
		tuple(disguised),
	)[0]
	return {
		"".join(letters.get(weight[at : at + 4], "?") for at in range(0, len(weight), 4)).strip().lower()
		for weight in weights
		if weight
	}


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
		name = frappe.form_dict.get("filters")
		if self.method == "frappe.client.get_value" and name and isinstance(name, str):
			# This method takes the name itself for a filter as well.
			if not isinstance(parsed_json(name), dict | list):
				frappe.form_dict.filters = json.dumps({"name": name})
		asked = [self.path, self.parts, frappe.request.path, frappe.form_dict, self._body()]
		self.words = set(self._words(asked))
		self.words |= spelled_plainly(self.words)
		self.named = {*self._named(asked), (self.resource or "").casefold()}
		self.named |= spelled_plainly(self.named)
		self.logged = set()

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
			or self.writes_what_is_deployed
			or not self.named.isdisjoint(CLOSED_DOCTYPES)
		)

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
	def writes_what_is_deployed(self) -> bool:
		"""Whether a document, or another one by a row of it, is written that the routine does not write."""
		within = (self._whole_document or {}).get("parenttype")
		return self.writes and not {self.target, within or self.target} <= WRITTEN

	@property
	def writes(self) -> bool:
		"""Whether a document is made, changed or deleted as such."""
		if self.resource is not None:
			return frappe.request.method not in ("GET", "HEAD")
		return self.method in STORING | DELETING

	@property
	def carries_a_query(self) -> bool:
		"""Whether anything that the framework would write into its SQL is more than a name, or looks like a query."""
		if holds_sql([frappe.form_dict, self._body()]):
			return True
		if self.method == "frappe.desk.form.utils.add_comment" or (
			self.writes and self.target in (*READERS, *REGISTERS)
		):
			return False  # a story may hold any words
		return all(any(map(part.search, self.words)) for part in QUERY)

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
		return not is_reading and bool(documents_behind(files.private_urls(self.words)))

	@property
	def is_list(self) -> bool:
		"""Whether the answer is a list of documents."""
		return self.method in LISTS or (
			self.resource is not None and frappe.request.method == "GET" and len(self.parts) == self._at() + 1
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
	def target(self) -> str | None:
		"""The DocType that the request is about itself."""
		if self.resource:
			return self.resource
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
		named = [frappe.form_dict.get(key) for key in NAMES]
		if self.resource and len(self.parts) > self._at() + 1:
			named.append("/".join(self.parts[self._at() + 1 :]))
		if self.method in WHOLE_DOCUMENT and self._whole_document:
			named.append(self._whole_document.get("name"))
		return [str(name) for name in named if name]

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
		numbers can be guessed, and tell how many a case has."""
		if self.target in SHADOWS:
			return not all(
				frappe.db.exists(self.target, name) and frappe.has_permission(self.target, "read", name)
				for name in self.named_documents()
			)
		spelled = {name.strip().casefold() for name in self.named_documents()}
		return any(
			NAME.match(name) and name.upper() not in readable for name in spelled | spelled_plainly(spelled)
		)

	def counted_by_their_texts(self) -> set[str]:
		"""Return the documents of cases that were counted for what stands in them: a text can be read letter by letter so."""
		card = self._whole_document if self.method in NUMBER_CARDS else {}
		doctype = card.get("document_type") or self.target
		if self.method not in COUNTS | NUMBER_CARDS or doctype not in READERS:
			return set()
		filters = {
			key: frappe.parse_json(frappe.form_dict.get(key)) or [] for key in ("filters", "or_filters")
		}
		asked = {str(word) for word in self._words_as_they_are(list(filters.values()))}
		metas = [frappe.get_meta(name) for name in (doctype, *PARENTS)]
		texts = {
			field.fieldname for meta in metas for field in meta.get("fields", {"fieldtype": ("in", TEXTS)})
		}
		if asked.isdisjoint(texts):
			return set()
		return set(frappe.get_list(doctype, **filters, pluck="name", limit_page_length=0))

	def _words_as_they_are(self, value):
		if isinstance(value, dict):
			yield from value
		for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
			yield from [inner] if isinstance(inner, str) else self._words_as_they_are(inner)

	def is_known_channel(self, doctypes: set[str]) -> bool:
		"""Return whether the request reaches `doctypes` by a channel that holds their permissions."""
		if self.asks_another:
			return False
		if self.method == "frappe.desk.form.utils.add_comment" and not doctypes <= set(READERS):
			return False  # what is said of a case stands in the case, not beside a plan, a log or a register
		if self.method == "hot_rutin.closings.get_open_count" and self.target not in (*READERS, *REGISTERS):
			return False  # counted beside something else
		rows = {doctype for doctype in doctypes if doctype.casefold() in ROWS}
		if self.resource is not None:
			# A mention in a request for something else (a share, a report, a file's row) is no way in.
			return self.resource in doctypes and self.resource.casefold() not in ROWS
		if self.method in WHOLE_DOCUMENT | STORING:
			return self.target in (*READERS, *REGISTERS, *SETTINGS)
		if rows and not (self.method in LISTS and self.target in (*READERS, *REGISTERS)):
			return self.method == "frappe.desk.form.load.getdoctype"
		return self.method in CHANNELS or self.parts[0] == "printview"

	def name_the_rows(self) -> None:
		"""Let a list of cases, or of what belongs to them, name each case that it shows: the reading log needs it.

		Raises `frappe.PermissionError` for what shows content and can name no case: sums and groups.
		"""
		asked = frappe.form_dict
		if self.method == "frappe.desk.reportview.get_sidebar_stats":
			asked.stats = '["_user_tags"]'  # what the desk asks for: any other field would be listed
		if not self.is_list or self.target not in (*READERS, *SHADOWS):
			return
		for unnaming in UNNAMING:
			asked.pop(unnaming, None)
		key = "fieldname" if self.method == "frappe.client.get_value" else "fields"
		given = listed(asked.get(key)) or ["name"]
		fields = [parse_field(field) if isinstance(field, str) else None for field in given]
		if None in fields or (self.target in READERS and self._reach_into_another_circle(fields)):
			refuse()
		if asked.get("group_by") and not BY_NAME.match(str(asked.group_by)):
			refuse()
		if all(field.function.lower() == "count" for field in fields):
			return
		naming = SHADOWS[self.target][1] if self.target in SHADOWS else "name"
		own = ("", f"tab{self.target}")
		names = [field for field in fields if field.table in own and field.column in (naming, "*")]
		# Nor may anything else be called as the name is, a sum among them.
		if any(field.function or (field.key in (naming, "*") and field not in names) for field in fields):
			refuse()
		if not any(field.key in (naming, "*") for field in names):
			asked[key] = json.dumps([*given, naming])

	def _reach_into_another_circle(self, fields):
		"""Frappe reads `link.field` of a linked document, a case's or a person's, past its conditions."""
		links = frappe.get_meta(self.target).get_link_fields()
		return not {field.table for field in fields}.isdisjoint(link.fieldname for link in links)

	def _named(self, value):
		"""Yield what the request names as a DocType, at whatever depth."""
		if isinstance(value, str) and value.strip()[:1] in ("{", "["):
			value = parsed_json(value)
		if isinstance(value, dict):
			for key, inner in value.items():
				if isinstance(inner, str) and NAMES_DOCTYPE.match(str(key)):
					yield inner.strip().casefold()
				yield from self._named(inner)
		elif isinstance(value, list | tuple):
			for inner in value:
				yield from self._named(inner)

	@functools.cached_property
	def _whole_document(self):
		# Asked for by many of these, and long: read once.
		body = frappe.form_dict.get("doc") or frappe.form_dict.get("docs")
		if isinstance(body, str):
			body = parsed_json(body)
		return body if isinstance(body, dict) else None

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

	def _words(self, value):
		if isinstance(value, dict):
			for key, inner in value.items():
				yield from self._words(key)
				yield from self._words(inner)
		elif isinstance(value, list | tuple):
			for inner in value:
				yield from self._words(inner)
		elif isinstance(value, str):
			word = value.strip()
			parsed = parsed_json(word) if word[:1] in ("{", "[", '"') else None
			if isinstance(parsed, dict | list):
				yield from self._words(parsed)
				return
			yield word.casefold()
			yield from (match.casefold() for match in re.findall(r"`tab([^`]+)`", word))
			if word.startswith(("http://", "https://")):
				yield urlsplit(word).path.casefold()
			if parsed is not None and parsed != value:
				yield from self._words(parsed)


def _documents_in(value):
	"""Yield the names of the cases' documents that an answer holds as documents."""
	if isinstance(value, dict):
		if value.get("doctype") in READERS and NAME.match(str(value.get("name"))):
			yield value["name"]
		for inner in value.values():
			yield from _documents_in(inner)
	elif isinstance(value, list):
		for inner in value:
			yield from _documents_in(inner)
