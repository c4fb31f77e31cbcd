"""What the schemas of all requests share, and those that hold more than the parameters which `endpoints.yaml` names."""

from operator import attrgetter
from typing import ClassVar, Literal

import frappe
from pydantic import BaseModel, ConfigDict, model_validator

from hot_rutin.access.conditions import is_system_manager
from hot_rutin.access.document_guards import KEPT, refuse_deletion
from hot_rutin.access.policy import GUARDED_DOCTYPES, NAME, READERS, SHADOWS
from hot_rutin.access.reading_log import case_of
from hot_rutin.case import files
from hot_rutin.door import queries, values
from hot_rutin.door.parsing import from_json
from hot_rutin.door.values import MOST_ROWS, UNSET, Flag, Name, Readable, Writable

# Kinds of parameters that are parsed by the DocType which the request is about.
BY_DOCTYPE = {
	"Fields": queries.expressions,
	"OwnFields": queries.own_fields,
	"Filters": queries.conditions,
	"Order": queries.order,
	"Field": lambda doctype, asked: queries.column(doctype, asked).fieldname,
}


class Schema(BaseModel):
	"""The parameters of an endpoint. What is not named is refused."""

	model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
	# The parameters that hold a DocType, and the name or names, of the documents that it is about.
	ABOUT: ClassVar[tuple] = ()
	# The parameters that are parsed by the DocType -> their kind; that which says what a list shows; whether it is told how many
	# documents there are, and not which.
	PARSED: ClassVar[dict[str, str]] = {}
	SHOWS: ClassVar[str | None] = None
	COUNTS: ClassVar[bool] = False

	@model_validator(mode="after")
	def _parsed(self):
		for key, kind in self.PARSED.items():
			asked, is_needed = getattr(self, key), self.model_fields[key].is_required()
			parsed = BY_DOCTYPE[kind](self.target, asked) if asked or is_needed else None
			setattr(self, key, parsed if is_needed else parsed or None)
		if self.SHOWS and not self.counts and self.target in (*READERS, *SHADOWS):
			self._name_each_case(getattr(self, self.SHOWS) or ["name"])
		return self

	def _name_each_case(self, shown):
		"""A list of cases, or of what belongs to them, names each case that it shows: the reading log needs it."""
		_kind, naming = SHADOWS.get(self.target, (None, "name"))
		group_by = getattr(self, "group_by", None)
		if any(queries.are_counts(shown)) or group_by not in (None, f"`tab{self.target}`.`name`"):
			raise ValueError(f"{self.SHOWS}: what names no case")
		if {"*", naming, f"`tab{self.target}`.`{naming}`"}.isdisjoint(shown):
			setattr(self, self.SHOWS, [*shown, naming])

	@property
	def target(self) -> str | None:
		"""The DocType that it is about."""
		return attrgetter(self.ABOUT[0])(self) if self.ABOUT else getattr(self, "doctype", None)

	@property
	def counts(self) -> bool:
		"""Whether it is told how many documents there are, and not which."""
		shown = getattr(self, self.SHOWS) if self.SHOWS else None
		return self.COUNTS or bool(shown) and all(queries.are_counts(shown))

	@property
	def counts_by_texts(self) -> bool:
		"""Whether it counts for what stands in the documents: a text can be read letter by letter so."""
		asked = [one for both in self.conditions() for one in both] if self.counts else ()
		return any(queries.column(self.target, field, table).is_text for table, field, *_ in asked)

	def conditions(self) -> tuple[list, list]:
		"""Return the filters of what is listed: those of which all hold, and those of which one does."""
		if chosen := getattr(self, "selected_items", None):
			return [[self.target, "name", "in", chosen]], []
		return getattr(self, "filters", None) or [], getattr(self, "or_filters", None) or []

	def documents(self) -> set[tuple[str, str]]:
		"""Return the (DocType, name) of each stored document that must be the reader's."""
		named = [attrgetter(key)(self) for key in self.ABOUT[1:] if self.target]
		return {(self.target, name) for one in named for name in (one if isinstance(one, list) else [one])}

	def mentioned(self) -> set[str]:
		"""Return the names of other cases' documents that stand in what is written. They must be the reader's too: the framework looks
		links up before it asks who wants to know."""
		return set()

	def forwarded(self) -> dict:
		"""Return what the framework gets."""
		asked = self.model_dump(by_alias=True)
		if "limit_page_length" in asked and not (self.page_length or self.limit_page_length or self.limit):
			asked["page_length"] = MOST_ROWS
		return asked


class Open(Schema):
	"""What else is sent is not forwarded: only the browser reads it, or another system likes to add it."""

	model_config = ConfigDict(extra="ignore")


class Opened(Schema):
	"""A form. The desk asks for a new one too, by a name that no document has (`new`, `new-incident`)."""

	def documents(self):
		return set() if self.name.partition("-")[0] == "new" else super().documents()


class Printed(Schema):
	"""What is printed is what is stored: of a document that is sent whole its name counts."""

	ABOUT = ("doc", "name")
	doc: Readable
	name: Name

	@model_validator(mode="before")
	@classmethod
	def _named(cls, sent):
		doc = from_json(sent.get("doc")) if str(sent.get("doc"))[:1] == "{" else sent.get("doc")
		named = {"doc": doc.get("doctype"), "name": doc.get("name")} if isinstance(doc, dict) else {}
		return {**sent, **named}


class Upload(Schema):
	"""A file comes with the request, and not by where one is: on the server, among others' files, or elsewhere."""

	ABOUT = ("doctype", "docname")
	doctype: Literal[(*READERS, "User")] | None = None
	docname: Name | None = None
	fieldname: Literal["user_image", "banner_image"] | None = None
	is_private: Flag = True

	@model_validator(mode="before")
	@classmethod
	def _sent(cls, sent):
		return {key: value for key, value in sent.items() if value not in UNSET}

	@model_validator(mode="after")
	def _with_a_file(self):
		if list(frappe.request.files) != ["file"] or (self.doctype and not self.docname):
			raise ValueError("file: one is needed, and where it belongs")
		if self.doctype == "User" and self.docname != frappe.session.user and not is_system_manager():
			raise ValueError("docname: one's own account")
		# A page among the public files would be one of this system's own. Only an account's picture has a field.
		self.is_private = self.is_private or self.doctype not in READERS
		self.fieldname = self.fieldname if self.doctype == "User" else None
		return self

	def forwarded(self):
		# Whether it is scaled down is for what it is, and not for whoever sends it.
		return {**super().forwarded(), "optimize": files.check_upload(self.doctype)}


class Written(Schema):
	"""A document, or some of its values, typed by its DocType. In an address DocType and name stand beside it, else in it."""

	doctype: Writable
	doc: dict
	name: Name | None = None

	@model_validator(mode="before")
	@classmethod
	def _beside(cls, sent):
		doc = from_json(sent.get("doc"))
		return {"doctype": doc.get("doctype"), **sent, "doc": doc} if isinstance(doc, dict) else sent

	@model_validator(mode="after")
	def _typed(self):
		if self.doc.get("parent") or self.doc.get("parenttype"):
			raise ValueError("doc: a row is no document")
		self.doc = values.typed_document(self.doctype, self.doc)
		if not self.is_new:
			self.name = self.doc["name"] = self.name or self.doc.get("name")
		elif not self.doc.get("__islocal"):
			self.doc.pop("name", None)  # nobody chooses it but where it is a field
		return self

	@property
	def is_new(self) -> bool:
		return bool(self.doc.get("__islocal"))

	def documents(self):
		# The framework asks the technical account nothing: it makes none of ours.
		is_anyone = frappe.session.user != "Administrator" or self.doctype not in GUARDED_DOCTYPES
		return set() if self.is_new and is_anyone else {(self.doctype, self.name or "")}

	def mentioned(self):
		fields = frappe.get_meta(self.doctype).fields
		links = {field.fieldname for field in fields if field.options in READERS} | {"incident"}
		named = {str(self.doc[link]).upper() for link in links & self.doc.keys()}
		own = case_of(self.name) if self.doctype in READERS and not self.is_new else None
		return {name for name in named if NAME.match(name) and case_of(name) != own}


class Made(Written):
	is_new: ClassVar[bool] = True


class SetValue(Written):
	"""A field and its value, or several as an object."""

	name: Name

	@model_validator(mode="before")
	@classmethod
	def _beside(cls, sent):
		sent = dict(sent)
		field, value = sent.pop("fieldname", None), sent.pop("value", None)
		if isinstance(field, str):
			field = from_json(field) if field[:1] == "{" else {field: value}
		return {**sent, "doc": field}

	def forwarded(self):
		fields = {key: value for key, value in self.doc.items() if key not in ("name", "doctype")}
		return {"doctype": self.doctype, "name": self.name, "fieldname": fields}


class Deleted(Schema):
	"""The framework would take an account's password away, and end its sessions, before it asks."""

	doctype: values.Deletable

	@model_validator(mode="after")
	def _let_go(self):
		if self.doctype in KEPT:
			refuse_deletion()
		return self


class Found(Schema):
	"""A document by its name, or the first that meets a condition; of settings there is one."""

	doctype: Readable
	name: Name | None = None

	def documents(self):
		if not self.name and frappe.get_meta(self.doctype).issingle:
			return set()
		found = self.name or next(
			iter(frappe.get_list(self.doctype, self.filters, pluck="name", limit=1)), ""
		)
		self.name, self.filters = str(found), None
		return {(self.doctype, self.name)}


class Search(Schema):
	"""What a link field asks."""

	txt: values.Sought = ""

	@model_validator(mode="after")
	def _searched(self):
		# A search names rows by any of their columns, and no document that they belong to; a query formats its filters into its SQL.
		by_query = self.query or self.doctype in frappe.get_hooks("standard_queries", {})
		if self.doctype in SHADOWS or (by_query and self.filters):
			raise ValueError("doctype, filters: not searched by these")
		return self


class Link(Schema):
	"""A link is confirmed to whoever may choose it: what takes the framework's place asks, but not the technical account."""

	def documents(self):
		return super().documents() if frappe.session.user == "Administrator" else set()


class StoredFile(Schema):
	"""Whose file it is must be known, whoever asks; a name that was guessed is neither confirmed nor denied."""

	file_url: values.FileAddress

	def documents(self):
		# get_all: whether it is theirs is asked next.
		rows = frappe.get_all("File", {"file_url": self.file_url}, ["name", "file_url"])
		return {("File", row.name) for row in rows if row.file_url == self.file_url} or {("File", "")}
