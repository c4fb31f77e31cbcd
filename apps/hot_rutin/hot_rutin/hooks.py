"""Everything that the app plugs into Frappe."""

from hot_rutin.access import GUARDED_DOCTYPES, READERS, ROLES, condition_function
from hot_rutin.own_code import CUSTOMIZATIONS, RUN

app_name = "hot_rutin"
app_title = "Hot-rutinen"
app_publisher = "hot_rutin maintainers"
app_description = (
	"A municipality's routine for threats, violence and harassment against elected representatives"
)
app_license = "MIT"
app_logo_url = "/assets/hot_rutin/images/hot-rutin.svg"
website_context = {"favicon": app_logo_url, "splash_image": app_logo_url}

# Roles, workflows and module profile. What a municipality edits is shipped once instead (see install.py).
fixtures = [
	{"dt": "Role", "filters": {"name": ("in", ROLES)}},
	{"dt": "Workflow State", "filters": {"name": ("not in", ["Pending", "Rejected"])}},
	{"dt": "Workflow Action Master", "filters": {"name": ("not in", ["Reject", "Review"])}},
	{"dt": "Workflow", "filters": {"document_type": ("in", list(READERS))}},
]

after_install = "hot_rutin.install.after_install"
after_migrate = "hot_rutin.install.after_migrate"

permission_query_conditions = {
	doctype: f"hot_rutin.access.{condition_function(doctype)}" for doctype in GUARDED_DOCTYPES
}
has_permission = {doctype: "hot_rutin.access.may_read_document" for doctype in GUARDED_DOCTYPES}

# Every request passes the gate; every list that it answered is logged.
auth_hooks = ["hot_rutin.gate.check_request"]
after_request = ["hot_rutin.gate.log_answer"]

override_whitelisted_methods = {
	"frappe.client.get": "hot_rutin.closings.get",
	"frappe.client.get_count": "hot_rutin.closings.get_count",
	"frappe.client.validate_link": "hot_rutin.closings.validate_link",
	"frappe.desk.search.get_link_title": "hot_rutin.closings.get_link_title",
}

override_doctype_class = {"Deleted Document": "hot_rutin.traces.DeletedWithoutContent"}

extend_bootinfo = "hot_rutin.accounts.simplify_desk"

doc_events = {
	"User": {
		"validate": "hot_rutin.accounts.show_own_workspaces_only",
		"on_update": "hot_rutin.accounts.note_roles",
	},
	"File": {"validate": "hot_rutin.files.guard_evidence"},
	"Error Log": {"before_insert": "hot_rutin.traces.keep_error_without_content"},
	"Version": {"before_insert": "hot_rutin.traces.keep_what_people_changed"},
	**{doctype: {"validate": "hot_rutin.own_code.refuse_in_the_desk"} for doctype in (*RUN, *CUSTOMIZATIONS)},
}

scheduler_events = {
	"hourly": ["hot_rutin.routine.doctype.political_party.political_party.follow_assignments"],
	"daily": ["hot_rutin.publication.publish_closed_periods", "hot_rutin.figures_mail.follow_settings"],
}
