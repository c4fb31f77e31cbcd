"""What an account of the routine's people looks like in the desk."""

import frappe

from hot_rutin.access import ROLES

OWN_MODULE = "Routine"


def show_own_workspaces_only(user, _method=None) -> None:
	"""`User` hook: somebody with a role in the routine, and not a system manager, sees the routine's module only."""
	roles = {row.role for row in user.roles}
	if not roles.intersection(ROLES) or "System Manager" in roles:
		return
	# get_all: names of modules are no secret, and whoever makes the account may be an administrator of users only.
	modules = frappe.get_all("Module Def", filters={"name": ("!=", OWN_MODULE)}, pluck="name", order_by="name")
	user.set("block_modules", [{"module": module} for module in modules])


def lead_back_to_own_workspace(bootinfo) -> None:
	"""Let breadcrumbs lead to a workspace that the person may open, not to the module's first."""
	bootinfo.module_wise_workspaces[OWN_MODULE] = [
		page.name for page in bootinfo.allowed_workspaces if page.module == OWN_MODULE
	]
