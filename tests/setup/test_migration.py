"""What a migration leaves as it was."""

import json
from pathlib import Path

import frappe
import pytest

EXPORTED = sorted(Path(__file__).parents[2].glob("apps/hot_rutin/hot_rutin/routine/doctype/*/*.json"))


@pytest.mark.parametrize("name", ["Incident", "Follow-up", "Police Report"])
def test_the_help_on_a_form_survives_a_migration(frappe_site, name):
	from hot_rutin.setup.install import after_migrate

	exported = next(doc for file in EXPORTED if (doc := json.loads(file.read_text()))["name"] == name)
	wanted = {
		field["fieldname"]: field["options"] for field in exported["fields"] if field["fieldtype"] == "HTML"
	}
	frappe.reload_doc("routine", "doctype", name, force=True)
	after_migrate()
	frappe.db.commit()
	fields = frappe.get_meta(name).get("fields", {"fieldtype": "HTML"})
	assert {field.fieldname: field.options for field in fields} == wanted
