"""What the routine's people see of the desk."""

import frappe
from frappe import _
from frappe.desk.desktop import get_workspace_sidebar_items
from frappe.utils import escape_html

from hot_rutin.access.policy import (
	DIRECTOR,
	EXPOSED,
	OFFICER,
	OWN_MODULE,
	PROXY,
	ROLES,
	STRATEGIST,
)

# Roles that open cases.
CASE_ROLES = {EXPOSED, PROXY, OFFICER, STRATEGIST, DIRECTOR}


def show_own_workspaces_only(user, _method=None) -> None:
	"""`User` hook: somebody with a role in the routine, and not a system manager, sees the routine's module only."""
	roles = {row.role for row in user.roles}
	if not roles.intersection(ROLES) or "System Manager" in roles:
		return
	# get_all: names of modules are no secret, and whoever makes the account may be an administrator of users only.
	modules = frappe.get_all(
		"Module Def", filters={"name": ("!=", OWN_MODULE)}, pluck="name", order_by="name"
	)
	user.set("block_modules", [{"module": module} for module in modules])


def simplify_desk(bootinfo) -> None:
	"""`extend_bootinfo` hook: for the routine's people, leave out of the desk what a case has no use for."""
	# Breadcrumbs lead to a workspace that the person may open, not to the module's first.
	pages = get_workspace_sidebar_items()["pages"]
	bootinfo.module_wise_workspaces[OWN_MODULE] = [
		page["name"] for page in pages if page["module"] == OWN_MODULE
	]
	roles = CASE_ROLES.intersection(frappe.get_roles())
	if set(ROLES).intersection(frappe.get_roles()) and "System Manager" not in frappe.get_roles():
		bootinfo.desk_settings.update({"list_sidebar": 0, "view_switcher": 0})
		if not roles:
			# To assign, share, follow: nothing for registers and logs.
			bootinfo.desk_settings["form_sidebar"] = 0
	if roles:
		bootinfo.contact_numbers = contact_numbers()
		# The routine tells by e-mail: the bell stays empty, and with it goes the framework's own help.
		bootinfo.desk_settings.update({"bulk_actions": 0, "notifications": 0})
	if roles and not roles.intersection({OFFICER, STRATEGIST, DIRECTOR}):
		bootinfo.desk_settings["search_bar"] = 0  # a few cases, all of them on the first page
	# Evidence is attached in the sidebar, by those who write the facts; officer and strategist use a case's history.
	if roles and not roles.intersection({EXPOSED, PROXY, OFFICER}):
		bootinfo.desk_settings["form_sidebar"] = 0
	if roles and not roles.intersection({OFFICER, STRATEGIST}):
		bootinfo.desk_settings["timeline"] = 0


def leave_out_sounds(_context) -> dict:
	"""`update_website_context` hook: have the desk fetch no sounds, seven files before a phone's first report, and make none."""
	return {"sounds": []}


def contact_numbers() -> list[dict]:
	"""Return the telephone numbers (`label` and `phone`, safe to show as HTML) that stand on the forms of a case."""
	settings = frappe.get_cached_doc("Hot Rutin Settings")
	numbers = (
		(_("Police, Not Urgent"), settings.police_phone),
		(_("Municipal Security Strategist"), settings.strategist_phone),
		(settings.health_service_name or _("Occupational Health Service"), settings.health_service_phone),
	)
	return [{"label": escape_html(label), "phone": escape_html(phone)} for label, phone in numbers if phone]
