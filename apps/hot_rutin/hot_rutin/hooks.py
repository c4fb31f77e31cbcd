"""Everything that the app plugs into Frappe."""

from hot_rutin.access.conditions import condition_function
from hot_rutin.access.document_guards import KEPT
from hot_rutin.access.policy import GUARDED_DOCTYPES, READERS, ROLES

# Hooks of what the rules look up of a user.
FACTS_CHANGE = dict.fromkeys(("on_change", "after_delete"), "hot_rutin.access.conditions.forget_facts")

app_name = "hot_rutin"
app_title = "Hot-rutinen"
app_publisher = "hot_rutin maintainers"
app_description = (
	"A municipality's routine for threats, violence and harassment against elected representatives"
)
app_license = "MIT"
app_logo_url = "/assets/hot_rutin/images/hot-rutin.svg"
website_context = {"favicon": app_logo_url, "splash_image": app_logo_url}

# Roles, workflows and module profile. What a municipality edits is shipped once instead (see setup/install.py).
fixtures = [
	{"dt": "Role", "filters": {"name": ("in", ROLES)}},
	{"dt": "Workflow State", "filters": {"name": ("not in", ["Pending", "Rejected"])}},
	{"dt": "Workflow Action Master", "filters": {"name": ("not in", ["Reject", "Review"])}},
	{"dt": "Workflow", "filters": {"document_type": ("in", list(READERS))}},
	# Which paper a document is printed on.
	{"dt": "Property Setter", "filters": {"module": "Routine"}},
]

after_install = "hot_rutin.setup.install.after_install"
after_migrate = "hot_rutin.setup.install.after_migrate"

permission_query_conditions = {
	**{doctype: f"hot_rutin.access.conditions.{condition_function(doctype)}" for doctype in GUARDED_DOCTYPES},
	"List Filter": "hot_rutin.access.document_guards.own_filters",
}
has_permission = {doctype: "hot_rutin.access.conditions.may_read_document" for doctype in GUARDED_DOCTYPES}

# Every request passes the door, and every answer: see docs/architecture.md.
auth_hooks = ["hot_rutin.door.sessions.check_session", "hot_rutin.door.enforcement.check_request"]
after_request = ["hot_rutin.door.answers.complete"]

override_whitelisted_methods = {
	# Counts what nobody may list; this one counts what one may.
	"frappe.client.get_count": "frappe.desk.reportview.get_count",
	"frappe.client.validate_link": "hot_rutin.door.links.validate_link",
	"frappe.core.doctype.user.user.reset_password": "hot_rutin.accounts.sign_in.reset_password",
	"frappe.desk.search.get_link_title": "hot_rutin.door.links.get_link_title",
	"frappe.twofactor.reset_otp_secret": "hot_rutin.accounts.sign_in.reset_otp_secret",
	"frappe.utils.print_format.download_pdf": "hot_rutin.papers.printing.download_pdf",
	"frappe.utils.print_format.report_to_pdf": "hot_rutin.papers.printing.report_to_pdf",
}

# What print formats call.
jinja = {
	"methods": [
		"hot_rutin.access.reading_log.case_of",
		"hot_rutin.papers.content.case_documents",
		"hot_rutin.papers.content.checklist_rows",
		"hot_rutin.papers.content.paper_sections",
		"hot_rutin.papers.content.printed_by",
	]
}

# The print button gives the PDF: a browser's own printing numbers no pages.
website_redirects = [
	{
		"source": rf"printview\?(?=.*trigger_print=1)(.*doctype={doctype.replace(' ', '%20')}&.*)",
		"target": r"/api/method/frappe.utils.print_format.download_pdf?\1",
		"match_with_query_string": True,
	}
	for doctype in READERS
]

override_doctype_class = {
	"Comment": "hot_rutin.access.document_guards.OwnComment",
	"Access Log": "hot_rutin.redaction.records.PrintedWithoutContent",
	"Deleted Document": "hot_rutin.redaction.records.DeletedWithoutContent",
	"File": "hot_rutin.case.files.UnguessableFile",
}

on_login = [
	"hot_rutin.accounts.sign_in.refuse_from_elsewhere",
	"hot_rutin.accounts.sign_in.new_password_by_link",
]
# Stable version 15 clears its cache whenever a code is tried, and with it the count of the wrong ones.
persistent_cache_keys = ["login_failed_count", "login_failed_time"]
extend_bootinfo = "hot_rutin.accounts.desk.simplify_desk"
update_website_context = "hot_rutin.accounts.desk.leave_out_sounds"

doc_events = {
	"*": {
		"before_insert": [
			"hot_rutin.accounts.settings.never_made_again",
			"hot_rutin.redaction.records.assign_random_name",
		],
		"before_validate": [
			"hot_rutin.access.document_guards.keep_standard_fields",
			"hot_rutin.access.writing.keep_rows_in_their_document",
			"hot_rutin.redaction.markup.keep_markup_out_of_json",
			"hot_rutin.case.files.keep_own_files",
		],
		"before_submit": "hot_rutin.access.writing.never_submitted",
		"before_cancel": "hot_rutin.access.writing.never_submitted",
	},
	**{
		doctype: {
			"before_validate": "hot_rutin.redaction.markup.keep_markup_out",
			"on_trash": "hot_rutin.access.document_guards.keep_what_cases_hold",
			**FACTS_CHANGE,
		}
		for doctype in KEPT
	},
	"User": {
		"on_trash": "hot_rutin.access.document_guards.keep_what_cases_hold",
		"before_validate": [
			"hot_rutin.redaction.markup.keep_markup_out",
			"hot_rutin.accounts.changes.note_new_secrets",
		],
		"validate": [
			"hot_rutin.accounts.guards.keep_address",
			"hot_rutin.accounts.guards.keep_defaults",
			"hot_rutin.accounts.guards.keep_a_way_in",
			"hot_rutin.accounts.desk.show_own_workspaces_only",
			"hot_rutin.accounts.guards.follow_no_case",
		],
		"on_update": "hot_rutin.accounts.changes.note_roles",
		"before_rename": "hot_rutin.accounts.guards.keep_apart",
		**FACTS_CHANGE,
	},
	**dict.fromkeys(READERS, FACTS_CHANGE),
	**dict.fromkeys(
		("Police Report", "Follow-up"),
		{**FACTS_CHANGE, "on_update": "hot_rutin.reminders.handover.tell_next_holder"},
	),
	"Incident": {
		**FACTS_CHANGE,
		"on_update": [
			"hot_rutin.reminders.handover.tell_next_holder",
			"hot_rutin.reminders.step_reminders.follow",
		],
	},
	"Disqualification": {**FACTS_CHANGE, "before_validate": "hot_rutin.redaction.markup.keep_markup_out"},
	"Role": {
		"on_trash": "hot_rutin.access.document_guards.keep_what_cases_hold",
		"validate": "hot_rutin.accounts.guards.second_factor_by_role",
		"before_rename": "hot_rutin.access.document_guards.keep_role",
	},
	"File": {
		"validate": "hot_rutin.case.files.guard_evidence",
		"on_trash": "hot_rutin.case.files.keep_evidence",
	},
	"Error Log": {"before_insert": "hot_rutin.redaction.records.keep_error_without_content"},
	"Scheduled Job Log": {"on_change": "hot_rutin.redaction.records.keep_job_error_without_content"},
	"Comment": {
		"before_validate": "hot_rutin.redaction.comments.keep_comment_plain",
		"before_insert": "hot_rutin.redaction.comments.mention_readers_only",
	},
	"Email Queue": {"before_insert": "hot_rutin.redaction.records.send_no_file_of_the_server"},
	"Notification Log": {"before_insert": "hot_rutin.redaction.records.notify_without_content"},
	"Version": {"before_insert": "hot_rutin.redaction.records.keep_what_people_changed"},
	"Email Account": {
		"before_validate": [
			"hot_rutin.accounts.settings.keep_mail_plain",
			"hot_rutin.redaction.markup.keep_markup_out",
		]
	},
	"List Filter": {"before_validate": "hot_rutin.access.document_guards.keep_filter_to_oneself"},
	"Notification Settings": {"before_validate": "hot_rutin.accounts.settings.keep_own_notices"},
	**dict.fromkeys(
		("Module Profile", "Role Profile"), {"before_validate": "hot_rutin.redaction.markup.keep_markup_out"}
	),
	"Hot Rutin Settings": {
		"before_validate": "hot_rutin.redaction.markup.keep_markup_out",
		"on_trash": "hot_rutin.accounts.settings.keep_settings",
	},
	"System Settings": {
		"before_validate": [
			"hot_rutin.accounts.settings.keep_jobs_and_clock",
			"hot_rutin.redaction.markup.keep_markup_out",
		],
		"on_trash": "hot_rutin.accounts.settings.keep_settings",
	},
}

# A killed worker can leave a job behind that keeps its like from running.
before_job = ["hot_rutin.reminders.lost_jobs.free_scheduled"]

scheduler_events = {
	"all": ["hot_rutin.reminders.queue.queue_due"],
	"cron": {"*/5 * * * *": ["hot_rutin.reminders.repair.repair_queue"]},
	"hourly": ["hot_rutin.routine.doctype.political_party.political_party.follow_assignments"],
	"daily": [
		"hot_rutin.reminders.unreachable.tell_of_unreachable_people",
		"hot_rutin.figures.publication.publish_closed_periods",
		"hot_rutin.figures.mail.follow_settings",
	],
}
