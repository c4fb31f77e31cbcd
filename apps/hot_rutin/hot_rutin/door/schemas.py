"""The schemas of requests: which parameters an endpoint has, of which types, and which documents they are about."""

from typing import Any, ClassVar, Literal

import frappe
from pydantic import BaseModel, ConfigDict, PrivateAttr, model_validator

from hot_rutin.access.policy import NAME, READERS, SHADOWS
from hot_rutin.door import queries
from hot_rutin.door.documents import typed_document
from hot_rutin.door.parsing import from_json

# isort: off
from hot_rutin.door.values import (
	MOST_ROWS, UNSET, Case, Flag, Ignored, Line, Moment, Name, Readable, Rows, Start, Word, Writable, always,
	is_system_manager, stored_spelling,
)  # fmt: skip
# isort: on


class Schema(BaseModel):
	"""The parameters of an endpoint. What is not named is refused."""

	model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
	# The parameters that hold a DocType, and the name or names, of the documents that it is about.
	ABOUT: ClassVar[tuple] = ()

	@model_validator(mode="after")
	def _spelled(self):
		if self.ABOUT:
			doctype, named = (getattr(self, key) for key in self.ABOUT)
			setattr(self, self.ABOUT[1], stored_spelling(doctype, named))
		return self

	@property
	def target(self) -> str | None:
		"""The DocType that it is about."""
		return getattr(self, self.ABOUT[0] if self.ABOUT else "doctype", None)

	def documents(self) -> set[tuple[str, str]]:
		"""Return the (DocType, name) of each stored document that must be the reader's."""
		if not self.ABOUT:
			return set()
		doctype, named = (getattr(self, key) for key in self.ABOUT)
		return {(doctype, name) for name in ([named] if isinstance(named, str) else named or []) if doctype}

	def forwarded(self) -> dict:
		"""Return what the framework gets."""
		return self.model_dump(by_alias=True)


def of(*about: str, **parameters) -> type[Schema]:
	"""Return the schema with these parameters: a type, or a type and what holds where it is not sent. `about` names those that hold
	the DocType and the name of the document that it is about."""
	kinds = {key: kind[0] if isinstance(kind, tuple) else kind for key, kind in parameters.items()}
	defaults = {key: kind[1] for key, kind in parameters.items() if isinstance(kind, tuple)}
	defaults |= {key: None for key, kind in kinds.items() if kind is Ignored}
	return type(Schema)(
		"Parameters",
		(Schema,),
		{"__module__": __name__, "__annotations__": kinds, "ABOUT": about, **defaults},
	)


Nothing = of()
One = of("doctype", "name", doctype=Readable, name=Name, user=Ignored)


class Reference(BaseModel):
	"""A whole document is sent, and only which it is counts."""

	doctype: Case
	name: Name


class Moved(Schema):
	"""A button of a workflow: the stored document moves, whatever else is sent."""

	doc: Reference
	action: Word | None = None

	@model_validator(mode="before")
	@classmethod
	def _read(cls, values):
		return {**values, "doc": from_json(values.get("doc"))}

	def documents(self):
		self.doc.name = stored_spelling(self.doc.doctype, self.doc.name)
		return {(self.doc.doctype, self.doc.name)}


class Printed(Schema):
	"""What is printed is what is stored, and not what a browser sends: of a document its name counts."""

	ABOUT = ("doc", "name")
	doc: Readable
	name: Name
	print_format: Word | None = None
	no_letterhead: Flag | None = None
	letterhead: Word | None = None
	trigger_print: Flag | None = None
	style: Word | None = None
	settings: Ignored = None

	@model_validator(mode="before")
	@classmethod
	def _by_name(cls, values):
		doc = values.get("doc")
		doc = from_json(doc) if isinstance(doc, str) and doc[:1] == "{" else doc
		return (
			{**values, "doc": doc.get("doctype"), "name": doc.get("name")}
			if isinstance(doc, dict)
			else values
		)


class Upload(Schema):
	"""A file comes with the request, and not by where one is: on the server, among others' files, or elsewhere."""

	ABOUT = ("doctype", "docname")
	doctype: Literal[(*READERS, "User")] | None = None
	docname: Name | None = None
	fieldname: Word | None = None
	folder: Word | None = None
	is_private: Flag = True
	file_name: Ignored = None
	# Whether it is scaled down is for what it is, and not for whoever sends it (see `files.check_upload`).
	optimize: always(False) = False
	max_width: Ignored = None
	max_height: Ignored = None

	@model_validator(mode="before")
	@classmethod
	def _sent(cls, values):
		return {key: value for key, value in values.items() if value not in UNSET}

	@model_validator(mode="after")
	def _with_a_file(self):
		if list(frappe.request.files) != ["file"] or (self.doctype and not self.docname):
			raise ValueError("file: one is needed, and where it belongs")
		if self.doctype == "User" and self.docname != frappe.session.user and not is_system_manager():
			raise ValueError("docname: one's own account")
		# A page among the public files would be one of this system's own. Only an account's picture has a field.
		self.is_private = self.is_private if self.doctype in READERS else True
		self.fieldname = (
			self.fieldname
			if self.doctype == "User" and self.fieldname in ("user_image", "banner_image")
			else None
		)
		return self


# --- a document that is written


class Written(Schema):
	"""A document, or some of its values, typed by its DocType. In an address DocType and name stand beside it, else in it."""

	MAKES: ClassVar[bool] = False
	doctype: Writable
	doc: dict
	name: Name | None = None
	action: Literal["Save"] | None = None

	@model_validator(mode="before")
	@classmethod
	def _beside(cls, values):
		doc = from_json(values.get("doc"))
		return {"doctype": doc.get("doctype"), **values, "doc": doc} if isinstance(doc, dict) else values

	@model_validator(mode="after")
	def _typed(self):
		self.doc = {**typed_document(self.doctype, self.doc), "doctype": self.doctype}
		if self.is_new:
			if not self.doc.get("__islocal"):
				self.doc.pop("name", None)  # nobody chooses it but where it is a field
			return self
		self.name = stored_spelling(self.doctype, self.name or self.doc.get("name"))
		self.doc["name"] = self.name
		return self

	@property
	def is_new(self) -> bool:
		return self.MAKES or bool(self.doc.get("__islocal"))

	def documents(self):
		return set() if self.is_new else {(self.doctype, self.name or "")}

	def mentioned(self) -> set[str]:
		"""Return the names of cases' documents that stand in fields for them."""
		links = {
			field.fieldname for field in frappe.get_meta(self.doctype).fields if field.options in READERS
		} | {"incident"}
		named = (str(self.doc.get(link) or "") for link in links)
		return {name.upper() for name in named if NAME.match(name)}


class Made(Written):
	MAKES = True


class SetValue(Written):
	"""A field and its value, or several as an object."""

	name: Name

	@model_validator(mode="before")
	@classmethod
	def _beside(cls, values):
		values = dict(values)
		fieldname, value = values.pop("fieldname", None), values.pop("value", None)
		if isinstance(fieldname, str):
			fieldname = from_json(fieldname) if fieldname[:1] == "{" else {fieldname: value}
		return {**values, "doc": fieldname}

	def forwarded(self):
		values = {key: value for key, value in self.doc.items() if key not in ("name", "doctype")}
		return {"doctype": self.doctype, "name": self.name, "fieldname": values}


# --- lists


class List(Schema):
	"""A list of documents. What it is asked for is parsed, and written anew."""

	FIELDS: ClassVar[str] = "fields"
	# Whether it answers with how many there are; shows fields of the DocType itself only; and what of it is forwarded, if not all.
	COUNTS: ClassVar[bool] = False
	PLAIN: ClassVar[bool] = False
	FORWARDED: ClassVar[tuple] = ()
	doctype: Readable
	fields: Any = None
	filters: Any = None
	or_filters: Any = None
	order_by: Any = None
	group_by: Any = None
	start: Start | None = None
	limit_start: Start | None = None
	page_length: Rows | None = None
	limit_page_length: Rows | None = None
	limit: Rows | None = None
	distinct: Flag | None = None
	view: Literal["List", "Report", "Image", "Dashboard", ""] | None = None
	with_comment_count: Flag | None = None
	as_dict: Ignored = None
	save_user_settings: Ignored = None
	debug: Ignored = None
	parent: Ignored = None
	_shown: list = PrivateAttr(default_factory=list)
	_conditions: list = PrivateAttr(default_factory=list)

	@model_validator(mode="after")
	def _parsed(self):
		if self.or_filters and self.FORWARDED and "or_filters" not in self.FORWARDED:
			raise ValueError("or_filters: not asked for by these")
		asked = getattr(self, self.FIELDS, None)
		self._shown = queries.expressions(self.doctype, asked or ["name"], self.PLAIN)
		for key in ("filters", "or_filters"):
			found = queries.conditions(self.doctype, getattr(self, key))
			self._conditions += found
			setattr(self, key, [one.as_list() for one in found] or None)
		self.order_by, self.group_by = (
			by and queries.order(self.doctype, by) for by in (self.order_by, self.group_by)
		)
		if self.doctype in (*READERS, *SHADOWS) and not self.counts:
			# A list of cases, or of what belongs to them, names each case that it shows: the reading log needs it.
			naming = SHADOWS.get(self.doctype, ("", "name"))[1]
			if any(one.is_count for one in self._shown) or self.group_by not in (
				None,
				"",
				f"`tab{self.doctype}`.`name`",
			):
				raise ValueError("fields: what names no case")
			if not any(one.column is None or one.column[:2] == (self.doctype, naming) for one in self._shown):
				self._shown.append(queries.expression(self.doctype, naming))
		if asked or len(self._shown) > 1:
			setattr(self, self.FIELDS, [one.text for one in self._shown])
		return self

	@property
	def counts(self) -> bool:
		return self.COUNTS or all(one.is_count for one in self._shown)

	@property
	def counts_by_texts(self) -> bool:
		"""Whether it counts for what stands in the documents: a text can be read letter by letter so."""
		return self.counts and any(one.column.is_text for one in self._conditions)

	def forwarded(self):
		if self.FORWARDED:
			return self.model_dump(include=set(self.FORWARDED))
		bound = self.page_length or self.limit_page_length or self.limit
		return {**super().forwarded(), **({} if bound else {"page_length": MOST_ROWS})}


class PlainList(List):
	"""As a REST client asks for it, with or without the names of the fields."""

	as_dict: Flag | None = None


class Count(List):
	COUNTS, FIELDS = True, "counted"
	fields: Ignored = None
	counted: Ignored = None
	cache: Ignored = None

	def forwarded(self):
		return {**super().forwarded(), "distinct": "true" if self.distinct else None}


class Tags(Count):
	"""What the desk asks of a sidebar's numbers: any other field would be listed."""

	FORWARDED = ("doctype", "stats", "filters")
	stats: always('["_user_tags"]') = ""


class Value(PlainList):
	FIELDS, FORWARDED = "fieldname", ("doctype", "fieldname", "filters", "as_dict")
	fieldname: Any = "name"
	fields: Ignored = None


class Found(List):
	"""A document by its name, or the first that meets a condition; of settings there is one."""

	FORWARDED = ("doctype", "name")
	name: Name | None = None

	def documents(self):
		if not self.name and frappe.get_meta(self.doctype).issingle:
			return set()
		found = self.name or frappe.get_list(self.doctype, self.filters, pluck="name", limit=1)
		self.name = stored_spelling(self.doctype, found if isinstance(found, str) else next(iter(found), ""))
		return {(self.doctype, self.name)}


class Exported(List):
	file_format_type: Literal["CSV", "Excel"] = "CSV"
	title: Word | None = None
	selected_items: Ignored = None
	add_totals_row: Ignored = None
	csv_delimiter: Literal[",", ";", "\t", "|"] | None = None
	csv_quoting: Literal["0", "1", "2", "3"] | None = None

	@model_validator(mode="before")
	@classmethod
	def _selected(cls, values):
		"""Rows that were chosen are a condition as any other."""
		chosen = from_json(values.get("selected_items") or "null")
		return {**values, "filters": [["name", "in", chosen]]} if chosen else values


class Search(PlainList):
	"""What a link field asks. By which other method it finds what it shows is one of two."""

	FIELDS, PLAIN = "filter_fields", True
	FORWARDED = (
		"doctype",
		"txt",
		"query",
		"filters",
		"page_length",
		"searchfield",
		"start",
		"as_dict",
		"filter_fields",
	)
	txt: Line = ""
	searchfield: Word | None = None
	query: (
		Literal[
			"frappe.core.doctype.user.user.user_query",
			"frappe.email.doctype.email_account.email_account.get_append_to",
			"",
		]
		| None
	) = None
	filter_fields: Any = None
	reference_doctype: Ignored = None
	ignore_user_permissions: Ignored = None
	fields: Ignored = None

	@model_validator(mode="after")
	def _searched(self):
		# A search names rows by any of their columns, and no document that they belong to; a query formats its filters into its SQL.
		by_query = self.query or self.doctype in frappe.get_hooks("standard_queries", {})
		if self.doctype in SHADOWS or (by_query and self._conditions):
			raise ValueError("doctype, filters: not searched by these")
		# The framework would take them for a function in its SQL; `_` finds any sign.
		self.txt = self.txt.translate({ord("("): "_", ord(")"): "_"})
		if self.searchfield:
			self.searchfield = queries.column(self.doctype, self.searchfield).fieldname
		return self


class Link(List):
	"""A link is confirmed to whoever may choose it: what takes the framework's place asks."""

	PLAIN, FORWARDED = True, ("doctype", "docname", "fields")
	docname: Name

	def forwarded(self):
		return {**super().forwarded(), "docname": stored_spelling(self.doctype, self.docname)}


class Next(List):
	ABOUT, FORWARDED = (
		("doctype", "value"),
		("doctype", "value", "prev", "filters", "sort_order", "sort_field"),
	)
	value: Name
	prev: Flag = False
	sort_order: Literal["asc", "desc", "ASC", "DESC"] = "desc"
	sort_field: Word = "modified"

	@model_validator(mode="after")
	def _sorted(self):
		self.sort_field = queries.column(self.doctype, self.sort_field).fieldname
		return self


class Card(Count):
	"""A number card counts; to add up, or to find the largest, would tell a value."""

	FORWARDED = ("doc", "filters", "to_date", "result")
	doc: Any
	to_date: Moment | None = None
	result: float | None = None

	@model_validator(mode="before")
	@classmethod
	def _counted(cls, values):
		doc = from_json(values.get("doc"))
		if not isinstance(doc, dict) or doc.get("function") != "Count" or doc.get("parent_document_type"):
			raise ValueError("doc: a card that counts is needed")
		name = doc.get("name") if isinstance(doc.get("name"), str) else None
		card = {"name": name, "function": "Count", "document_type": doc.get("document_type")}
		return {**values, "doc": card, "doctype": card["document_type"]}
