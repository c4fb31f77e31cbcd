"""Whether the app's JSON is what Frappe itself would write: else the next one to save a DocType in developer mode gets a
diff that is not theirs.

Runs in the bench's Python environment, against the site in HOT_TEST_SITE, whose metadata came from the app's files:
    python -m provision.exported_metadata"""

import io
import json
import os
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from unittest.mock import patch

import frappe
from frappe.core.doctype.data_import.data_import import export_json
from frappe.modules import export_file

APP = "hot_rutin"


def json_files(folder):
	"""{path: content} of every JSON file. Raises ValueError naming a file that is not well formed."""
	found = {}
	for path in sorted(folder.rglob("*.json")):
		try:
			found[path] = json.loads(path.read_text(encoding="utf-8"))
		except ValueError as error:
			raise ValueError(f"{path}: {error}") from error
	return found


def is_exported_document(path, content):
	"""Whether Frappe keeps this file in step with a document: .../<doctype>/<name>/<name>.json"""
	return (
		isinstance(content, dict) and {"doctype", "name"} <= content.keys() and path.parent.name == path.stem
	)


def exported(content, folder):
	"""Have Frappe export the site's document into `folder`. Returns the files it wrote."""
	doc = frappe.get_doc(content["doctype"], content["name"])
	with patch.object(export_file, "get_module_path", lambda *_: str(folder)), redirect_stdout(io.StringIO()):
		export_file.write_document_file(doc, record_module=content.get("module"), create_init=False)
	return [path for path in folder.rglob("*") if path.is_file()]


def differing_documents(home):
	"""The app's files that Frappe would write otherwise, or that stand for nothing on the site."""
	differing = []
	for path, content in json_files(home).items():
		if not is_exported_document(path, content):
			continue
		if not frappe.db.exists(content["doctype"], content["name"]):
			differing.append(path)
			continue
		with tempfile.TemporaryDirectory() as folder:
			for written in exported(content, Path(folder)):
				ours = path.parent / written.name
				if not ours.exists() or ours.read_bytes() != written.read_bytes():
					differing.append(ours)
	return differing


def differing_fixtures(home):
	"""The app's fixtures that `bench export-fixtures` would write otherwise."""
	differing = []
	for fixture in frappe.get_hooks("fixtures", app_name=APP):
		if isinstance(fixture, str):
			fixture = {"dt": fixture}
		doctype = fixture.get("doctype") or fixture["dt"]
		ours = home / "fixtures" / f"{frappe.scrub(doctype)}.json"
		with tempfile.TemporaryDirectory() as folder:
			written = Path(folder) / ours.name
			export_json(
				doctype,
				str(written),
				filters=fixture.get("filters"),
				or_filters=fixture.get("or_filters"),
				order_by="idx asc, creation asc",
			)
			if not ours.exists() or ours.read_bytes() != written.read_bytes():
				differing.append(ours)
	return differing


def main():
	"""Print every file that differs. Returns the exit code."""
	root = Path(__file__).resolve().parent.parent
	home = root / "apps" / APP / APP
	if not home.exists():
		return 0
	frappe.init(site=os.environ["HOT_TEST_SITE"], sites_path=os.environ["HOT_TEST_SITES"])
	os.chdir(os.environ["HOT_TEST_SITES"])
	frappe.connect()
	# Some DocTypes export otherwise, or not at all, outside of developer mode.
	frappe.conf.developer_mode = 1
	try:
		differing = [*differing_documents(home), *differing_fixtures(home)]
	finally:
		frappe.destroy()
	for path in differing:
		print(f"{path.relative_to(root)}: Frappe would export this otherwise")
	print(f"exported metadata: {len(differing)} differ")
	return 1 if differing else 0


if __name__ == "__main__":
	sys.exit(main())
