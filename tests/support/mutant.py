"""The system with closings removed: answers like `provision.web`, but leaves out of each request the closings that its header
X-Without names. Only for tests/access/test_mutations.py, which asks one thing at a time: what is left out is so in the whole process."""

import re
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import frappe
from frappe.core.doctype.file.file import File
from frappe.model.document import Document
from hot_rutin.access import document_guards, writing
from hot_rutin.case import document, files
from hot_rutin.redaction import records
from world import application

get_hooks = frappe.get_hooks
get_system_settings = frappe.get_system_settings


def talkative(setting):
	"""The site's settings, with answers that say what an error says: what a probe finds may stand there alone."""
	return 1 if setting == "allow_error_traceback" else get_system_settings(setting)


def without_hooks(*names):
	"""Frappe's hooks, but for ours of `name`, or of `name:key`."""

	def fewer(hook=None, default="_KEEP_DEFAULT_LIST", app_name=None):
		found = get_hooks(hook, default, app_name)
		for name in names:
			wanted, _colon, key = name.partition(":")
			if wanted == hook == "override_whitelisted_methods":
				found = {k: v for k, v in found.items() if k != key}
			elif wanted == hook and key:
				found = {k: not_ours(v) if k == key else v for k, v in found.items()}
			elif wanted == hook:
				found = not_ours(found)
		return found

	return fewer


def not_ours(hooked):
	"""What other apps have plugged in."""
	if isinstance(hooked, dict):
		return {key: not_ours(value) for key, value in hooked.items()}
	return [function for function in hooked if not function.startswith("hot_rutin.")]


# Closing -> what is put in its place.
REPLACED = {
	"levels": lambda: patch.object(
		document.CaseDocument, "validate_higher_perm_levels", Document.validate_higher_perm_levels
	),
	"levels by state": lambda: patch.object(writing, "writable_levels", lambda *_: set(range(10))),
	"places of files": lambda: patch.object(files, "PLACE", re.compile(".*")),
	# Classes that take the place of the framework's own.
	"hot_rutin.access.document_guards.OwnComment": lambda: patch.object(
		document_guards.OwnComment, "has_permission", Document.has_permission
	),
	"hot_rutin.redaction.records.PrintedWithoutContent": lambda: patch.object(
		records.PrintedWithoutContent, "db_insert", Document.db_insert
	),
	"hot_rutin.case.files.UnguessableFile": lambda: patch.object(
		files.UnguessableFile, "save_file", File.save_file
	),
	"the document's own check": lambda: patch.object(
		document.CaseDocument, "has_permission", Document.has_permission
	),
}


@contextmanager
def left_out(*names):
	"""Without the named closings: a key of `REPLACED`, a function of ours (`hot_rutin.module.function`, which does nothing
	then), or a hook (`name`, or `name:key`)."""
	with ExitStack() as stack:
		hooks = []
		for name in names:
			if name in REPLACED:
				stack.enter_context(REPLACED[name]())
			elif name.startswith("hot_rutin."):
				stack.enter_context(patch(name, lambda *_args, **_kwargs: None))
			else:
				hooks.append(name)
		if hooks:
			stack.enter_context(patch.object(frappe, "get_hooks", without_hooks(*hooks)))
		yield


def answer_without(environ, start_response):
	"""Answer one request without the closings that its header names."""
	closings = [name for name in environ.get("HTTP_X_WITHOUT", "").split(", ") if name]
	# What an error says is redacted in every answer of ours: no probe would be loud.
	told = left_out("hot_rutin.door.answers.redact", *closings)
	with told, patch.object(frappe, "get_system_settings", talkative):
		return application()(environ, start_response)
