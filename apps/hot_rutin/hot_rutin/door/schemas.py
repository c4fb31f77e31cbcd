"""The schemas of requests: which parameters an endpoint has, of which types, and which documents they are about.

What `endpoints.yaml` says of an endpoint is a schema; here is what all of them share, and those that hold more than parameters.
"""

from typing import Any, ClassVar, Literal

import frappe
from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from hot_rutin import files
from hot_rutin.access.policy import GUARDED_DOCTYPES, NAME, READERS, SHADOWS
from hot_rutin.access.reading_log import case_of
from hot_rutin.door import queries, values
from hot_rutin.door.documents import typed_document
from hot_rutin.door.parsing import from_json
from hot_rutin.door.values import MOST_ROWS, UNSET, Flag, Name, Readable, Word, Writable

# Kinds of parameters that are parsed by the DocType which the request is about.
BY_DOCTYPE = {
	"Fields": queries.expressions, "OwnFields": queries.own_fields, "Filters": queries.conditions, "Order": queries.order,
	"Field": queries.field,
}  # fmt: skip


class Schema(BaseModel):
	"""The parameters of an endpoint. What is not named is refused."""

	model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
	# The parameters that hold a DocType, and the name or names, of the documents that it is about.
	ABOUT: ClassVar[tuple] = ()
	# The parameters that are parsed by the DocType -> their kind.
	PARSED: ClassVar[dict[str, str]] = {}
	# Whether it is told how many documents there are, and not which.
	COUNTS: ClassVar[bool] = False

	@model_validator(mode="after")
	def _parsed(self):
		for key, kind in self.PARSED.items():
			asked = getattr(self, key)
			if asked:
				setattr(self, key, BY_DOCTYPE[kind](self.target, asked) or None)
			if kind in ("Fields", "OwnFields"):
				self._name_each_case(key, getattr(self, key) or ["name"])
		if self.ABOUT:
			setattr(self, self.ABOUT[1], values.stored_spelling(self.target, getattr(self, self.ABOUT[1])))
		return self

	def _name_each_case(self, key, shown):
		"""A list of cases, or of what belongs to them, names each case that it shows: the reading log needs it."""
		counts = list(map(queries.is_count, shown))
		if self.target not in (*READERS, *SHADOWS) or all(counts):
			return
		naming = SHADOWS.get(self.target, ("", "name"))[1]
		if any(counts) or getattr(self, "group_by", None) not in (None, "", f"`tab{self.target}`.`name`"):
			raise ValueError(f"{key}: what names no case")
		if {"*", naming, f"`tab{self.target}`.`{naming}`"}.isdisjoint(shown):
			setattr(self, key, [*shown, naming])

	@property
	def target(self) -> str | None:
		"""The DocType that it is about."""
		return getattr(self, self.ABOUT[0] if self.ABOUT else "doctype", None)

	def documents(self) -> set[tuple[str, str]]:
		"""Return the (DocType, name) of each stored document that must be the reader's."""
		named = getattr(self, self.ABOUT[1]) if self.ABOUT and self.target else None
		return {(self.target, name) for name in ([named] if isinstance(named, str) else named or [])}

	def mentioned(self) -> set[str]:
		"""Return the names of other cases' documents that stand in what is written. They must be the reader's too: the framework looks
		links up before it asks who wants to know."""
		return set()

	def counts_by_texts(self) -> bool:
		"""Return whether it counts for what stands in the documents: a text can be read letter by letter so."""
		shown = next((getattr(self, key) for key, kind in self.PARSED.items() if kind == "Fields"), None)
		counts = self.COUNTS or (shown and all(map(queries.is_count, shown)))
		asked = [
			one for key, kind in self.PARSED.items() if kind == "Filters" for one in getattr(self, key) or ()
		]
		return bool(counts) and any(queries.column(self.target, one[1], one[0]).is_text for one in asked)

	def forwarded(self) -> dict:
		"""Return what the framework gets."""
		asked = self.model_dump(by_alias=True)
		if "limit_page_length" in asked and not any(
			map(asked.get, ("limit", "limit_page_length", "page_length"))
		):
			asked["page_length"] = MOST_ROWS
		return asked


class Open(Schema):
	"""What else is sent is not forwarded: only the browser reads it, or another system likes to add it."""

	model_config = ConfigDict(extra="ignore")


def extended(base: type[Schema], parameters: dict[str, str | list], about="", counts=False) -> type[Schema]:
	"""Return the schema `base` with more parameters. The kind of each is the name of a type in `values` or of `BY_DOCTYPE`, with
	`| None` behind it where it need not be sent; a list of what it can be; or `=` and what it always is. `about` names the parameters
	that hold the DocType and the name of the document that it is about."""
	fields = {}
	for name, kind in parameters.items():
		annotation, is_needed = _parameter(kind)
		# As a field of a model can be called.
		called, default = name.replace("-", "_").strip("_"), ... if is_needed else None
		fields[called] = (annotation, default if called == name else Field(default, alias=name))
	made = create_model(base.__name__, __base__=base, **fields)
	parsed = {name: str(kind).removesuffix(" | None") for name, kind in parameters.items()}
	made.PARSED = {name: kind for name, kind in parsed.items() if kind in BY_DOCTYPE}
	made.ABOUT, made.COUNTS = tuple(about.split()) or base.ABOUT, counts or base.COUNTS
	return made


def _parameter(kind):
	if isinstance(kind, list):
		return Literal[tuple(kind)], None not in kind
	if kind.startswith("="):
		return values.always(kind[1:]), False
	if kind.endswith(" | None"):
		return _parameter(kind.removesuffix(" | None"))[0] | None, False
	return Any if kind in BY_DOCTYPE else getattr(values, kind), kind not in ("Ignored", "Me")


# --- schemas that hold more than parameters


class Moved(Schema):
	"""A button of a workflow: the stored document moves. It is sent whole, and only which it is counts."""

	doc: values.Reference

	@property
	def target(self):
		return self.doc.doctype

	def documents(self):
		self.doc.name = values.stored_spelling(self.target, self.doc.name)
		return {(self.target, self.doc.name)}


class Printed(Schema):
	"""What is printed is what is stored, too: of a document that is sent whole its name counts."""

	ABOUT = ("doc", "name")
	doc: Readable
	name: Name

	@model_validator(mode="before")
	@classmethod
	def _named(cls, sent):
		doc = from_json(sent.get("doc")) if str(sent.get("doc"))[:1] == "{" else sent.get("doc")
		named = {"doc": doc.get("doctype"), "name": doc.get("name")} if isinstance(doc, dict) else {}
		return {**sent, **named}


class Card(Schema):
	"""A number card counts; to add up, or to find the largest, would tell a value."""

	COUNTS = True
	doc: values.CountingCard

	@property
	def target(self):
		return self.doc.document_type


class Upload(Schema):
	"""A file comes with the request, and not by where one is: on the server, among others' files, or elsewhere."""

	ABOUT = ("doctype", "docname")
	doctype: Literal[(*READERS, "User")] | None = None
	docname: Name | None = None
	fieldname: Word | None = None
	is_private: Flag = True
	optimize: values.Ignored = None

	@model_validator(mode="before")
	@classmethod
	def _sent(cls, sent):
		return {key: value for key, value in sent.items() if value not in UNSET}

	@model_validator(mode="after")
	def _with_a_file(self):
		if list(frappe.request.files) != ["file"] or (self.doctype and not self.docname):
			raise ValueError("file: one is needed, and where it belongs")
		is_own = self.doctype == "User" and self.docname == frappe.session.user
		if self.doctype == "User" and not (is_own or values.is_system_manager()):
			raise ValueError("docname: one's own account")
		# A page among the public files would be one of this system's own. Only an account's picture has a field.
		self.is_private = self.is_private if self.doctype in READERS else True
		is_picture = self.doctype == "User" and self.fieldname in ("user_image", "banner_image")
		self.fieldname = self.fieldname if is_picture else None
		return self

	def forwarded(self):
		# Whether it is scaled down is for what it is, and not for whoever sends it.
		return {**super().forwarded(), "optimize": files.check_upload(self.doctype)}


class Written(Schema):
	"""A document, or some of its values, typed by its DocType. In an address DocType and name stand beside it, else in it."""

	MAKES: ClassVar[bool] = False
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
		self.doc = typed_document(self.doctype, self.doc)
		if not self.is_new:
			self.name = self.name or self.doc.get("name")
			self.name = self.doc["name"] = values.stored_spelling(self.doctype, self.name)
		elif not self.doc.get("__islocal"):
			self.doc.pop("name", None)  # nobody chooses it but where it is a field
		return self

	@property
	def is_new(self) -> bool:
		return self.MAKES or bool(self.doc.get("__islocal"))

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
	MAKES = True


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
		self.name, self.filters = values.stored_spelling(self.doctype, str(found)), None
		return {(self.doctype, self.name)}


class Exported(Schema):
	"""Rows that were chosen are a condition as any other."""

	@model_validator(mode="before")
	@classmethod
	def _selected(cls, sent):
		chosen = from_json(sent.get("selected_items") or "null")
		return {**sent, "filters": [["name", "in", chosen]]} if chosen else sent


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
