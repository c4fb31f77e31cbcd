"""Evidence files: private, of harmless kinds, of a bounded size, and bound to their case."""

import mimetypes
import re
import unicodedata
from pathlib import PurePath
from urllib.parse import unquote

import frappe
from frappe import _
from frappe.core.doctype.file.file import File
from frappe.utils import cint
from PIL import Image

from hot_rutin.access import writing
from hot_rutin.access.policy import READERS

# What a photograph, a recording, a message or a letter comes as. Nothing that a computer would run.
ALLOWED_KINDS = (
	"jpg jpeg png gif webp heic bmp tif tiff pdf txt eml msg csv doc docx odt xls xlsx ods ppt pptx odp rtf "
	"mp3 m4a wav ogg opus amr aac mp4 mov m4v webm 3gp avi mkv"
).split()
# First bytes of programs, whatever the file is called.
PROGRAMS = (
	b"MZ",
	b"\x7fELF",
	b"#!",
	b"\xca\xfe\xba\xbe",
	b"\xcf\xfa\xed\xfe",
	b"<script",
	b"<html",
	b"<!doctype html",
	b"<svg",
)
PLACE = re.compile(r"/(?:private/)?files/(?!\.\.?$)[^/\\%?#\"<>]+")
LARGEST = 25 * 1024 * 1024
# Of a picture of somebody, which is scaled down.
MOST_POINTS = 50_000_000


class UnguessableFile(File):
	"""A private file is stored under a name that nobody can guess, and is called what the person called it.

	By its own name it would give the next one of that name, in another case or anywhere, a suffix, which tells that it is
	there. So that goes for every private file, and none meets those stored before.
	"""

	@property
	def content_type(self):
		"""What Frappe goes by to take a picture's time and place out, point by point. A file stays as it came: none."""

	@content_type.setter
	def content_type(self, _kind):
		pass

	def save_file(self, *args, **options):
		"""Write the content. What is there already stays where it is."""
		if not cint(self.is_private):
			return super().save_file(*args, **options)
		called = self.file_name
		stem, dot, kind = (called or "").rpartition(".")
		# Some of its name, for whoever saves it from the browser; all of it could be too long.
		self.file_name = f"{(stem or kind)[:50]}-{frappe.generate_hash(length=20)}{dot and '.' + kind}"
		if options.get("overwrite") and self.file_url:
			self.file_name = PurePath(self.file_url).name
		try:
			return super().save_file(*args, **options)
		finally:
			self.file_name = called

	def before_insert(self):
		"""Raise `frappe.PermissionError` for a place elsewhere than among the site's files: Frappe copies what is there."""
		self.file_name = plain_name(self.file_name)
		if private_urls([self.file_url or ""]):
			self.is_private = 1  # the framework would copy it among the public ones
		if self.attached_to_doctype in READERS:
			# As the database has it, which takes more than one spelling for the same.
			stored = frappe.db.get_value(self.attached_to_doctype, self.attached_to_name, "name")
			self.attached_to_name = stored or self.attached_to_name
		if self.file_url and not PLACE.fullmatch(unquote(self.file_url)):
			frappe.throw(_("Choose the file itself: a name is not enough."), frappe.PermissionError)
		super().before_insert()

	def on_trash(self):
		"""Let a case's file leave the disk once its last row has left for good. Frappe looks for others by a hash, which it has not."""
		super().on_trash()
		others = {"file_url": self.file_url, "name": ("!=", self.name)}
		if self.attached_to_doctype in READERS and not frappe.db.exists("File", others):
			frappe.db.after_commit.add(self.delete_file_data_content)


def guard_evidence(file, _method=None) -> None:
	"""`File` hook: keep a case's file private and where it is, and refuse what is no evidence.

	Raises `frappe.ValidationError` for a wrong kind or size, `frappe.PermissionError` for an attempt to move it.
	"""
	before = file.get_doc_before_save()
	was_evidence = before and before.attached_to_doctype in READERS
	if was_evidence and (before.attached_to_doctype, before.attached_to_name, before.file_url) != (
		file.attached_to_doctype,
		file.attached_to_name,
		file.file_url,
	):
		frappe.throw(_("A case's file stays with its case."), frappe.PermissionError)
	keep_apart(file)
	if file.attached_to_doctype not in READERS:
		return
	if not file.is_private:
		frappe.throw(_("A case's file is always private. Choose Private when you attach it."))
	if not before:
		check_kind(file.file_name, file.get_content())
		if frappe.request and not writing.writable_now(file.attached_to_doctype, file.attached_to_name):
			frappe.throw(_("Nothing is attached to this any more, or not by you."), frappe.PermissionError)
	# By its hash, Frappe would give the same content in another case this file's place and name.
	file.content_hash = None


def keep_own_files(doc, _method=None) -> None:
	"""`before_validate` hook of every DocType: raise `frappe.ValidationError` where a field names a file that was not attached there.

	The framework attaches whatever file is named to the document, in a public copy.
	"""
	if not frappe.request:
		return
	for field in doc.meta.get("fields", {"fieldtype": ("in", ("Attach", "Attach Image"))}):
		attached = {
			"file_url": doc.get(field.fieldname),
			"attached_to_doctype": doc.doctype,
			"attached_to_name": doc.name,
			"attached_to_field": field.fieldname,
		}
		if doc.get(field.fieldname) and doc.has_value_changed(field.fieldname):
			if not frappe.db.exists("File", attached):
				frappe.throw(_("Choose the picture itself: an address is not enough."))


def keep_evidence(file, _method=None) -> None:
	"""`File` hook: raise `frappe.PermissionError` where somebody takes evidence away that they have not attached, unless they
	write the facts; and from what is closed, whoever it is."""
	if not frappe.request or file.attached_to_doctype not in READERS:
		return
	levels = writing.writable_now(file.attached_to_doctype, file.attached_to_name)
	if not levels or (file.owner != frappe.session.user and writing.FACTS not in levels):
		frappe.throw(_("A case's file stays with its case."), frappe.PermissionError)


def plain_name(name: str | None) -> str | None:
	"""Return a file's name without what would mean something in an address, a page or a folder, in as many letters."""
	return name and re.sub(r"[^\w .,()+-]", "_", unicodedata.normalize("NFC", name))


def private_urls(words) -> set[str]:
	"""Return the private files that `words` point at, by whatever way: `/files/../../private/files/x` is one.

	Stored files lie side by side, so that the last part of a path tells which.
	"""
	paths = {unquote(word).split("?")[0] for word in words if "files/" in word}
	return {"/private/files/" + path.rsplit("/", 1)[-1] for path in paths if "/private/" in f"/{path}"}


def keep_apart(file) -> None:
	"""Let no two cases, and no case and anything else, share a stored file: who may read the one reads the other.

	Raises `frappe.PermissionError` where a row is made to point at a file of a case, or a case's row at a file that the
	person may not read.
	"""
	if not file.file_url and not file.is_folder:
		# Frappe would look for its content by its name, and there may be such a file.
		frappe.throw(_("Choose the file itself: a name is not enough."))
	urls = private_urls([file.file_url or ""])
	if not urls:
		return
	# get_all: whose file it is must be known, whoever asks; nothing of it is returned.
	others = frappe.get_all(
		"File",
		filters={"file_url": ("in", list(urls)), "name": ("!=", file.name or "")},
		fields=["name", "attached_to_doctype", "attached_to_name"],
	)
	own = (file.attached_to_doctype, file.attached_to_name)
	elsewhere = [row for row in others if (row.attached_to_doctype, row.attached_to_name) != own]
	if any(row.attached_to_doctype in READERS for row in elsewhere):
		frappe.throw(_("A case's file stays with its case."), frappe.PermissionError)
	if not elsewhere or file.attached_to_doctype not in READERS or not file.is_new():
		return
	if file.get("content"):
		# The upload has met the same content elsewhere: it gets a place of its own.
		file.save_file(ignore_existing_file_check=True)
	elif not any(frappe.has_permission("File", "read", row.name) for row in elsewhere):
		frappe.throw(_("A case's file stays with its case."), frappe.PermissionError)


def check_upload(doctype: str | None) -> bool:
	"""Check an upload before Frappe handles it: its own handling of a picture that is none ends in an error of its own.

	Return whether Frappe is to scale it down, and so to leave out where it was taken: no evidence, only somebody's picture.
	"""
	upload = frappe.request.files["file"]
	check_kind(upload.filename, upload.stream.read(LARGEST + 1))
	is_scaled = doctype == "User" and mimetypes.guess_type(upload.filename)[0] == "image/jpeg"
	if is_scaled:
		_check_points(upload)
	upload.stream.seek(0)
	return is_scaled


def _check_points(upload):
	"""Raise `frappe.ValidationError` for a picture of more points than can be scaled down in a moment, by its first bytes."""
	try:
		with Image.open(upload.stream) as picture:
			points = picture.width * picture.height
	except Exception:
		points = MOST_POINTS + 1
	if points > MOST_POINTS:
		frappe.throw(
			_("{0} cannot be shown: choose a picture of at most {1} million points.").format(
				frappe.utils.escape_html(upload.filename), MOST_POINTS // 1_000_000
			),
			title=_("Not Attached"),
		)


def check_kind(name: str, content: bytes | str) -> None:
	"""Raise `frappe.ValidationError` where a file is not evidence: a program, an unknown kind, or too large."""
	content = content.encode() if isinstance(content, str) else content or b""
	kind = PurePath(name or "").suffix.lower().lstrip(".")
	if kind not in ALLOWED_KINDS or content.lstrip()[:20].lower().startswith(
		tuple(p.lower() for p in PROGRAMS)
	):
		frappe.throw(
			_(
				"{0} cannot be attached: only pictures, recordings, documents and messages can. Take a picture of it."
			).format(frappe.utils.escape_html(name or "")),
			title=_("Not Attached"),
		)
	if len(content) > LARGEST:
		frappe.throw(
			_(
				"{0} is too large: {1} MB is the most. Attach a shorter recording or a smaller picture."
			).format(frappe.utils.escape_html(name or ""), LARGEST // 1024 // 1024),
			title=_("Not Attached"),
		)
