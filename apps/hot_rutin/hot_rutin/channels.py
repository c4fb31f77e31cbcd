"""The framework's methods and pages that the routine uses. The gate lets nothing else through: denied by default.

The framework has some hundreds of methods and checks in each its own way. A newer version may bring a desk that calls one
that is not here: it is refused, and is added here once it has been read.
"""

import re

from hot_rutin.access import CHOICES, LOGS, READERS, REGISTERS, SETTINGS, SHADOWS

# What a link field asks.
SEARCHES = {"frappe.desk.search.search_link", "frappe.desk.search.search_widget"}
# Lists of documents may be filtered by their rows; the condition is the document's.
LISTS = {
	"frappe.desk.reportview.get",
	"frappe.desk.reportview.get_list",
	"frappe.desk.reportview.get_count",
	"frappe.client.get_list",
	"frappe.client.get_value",
	"hot_rutin.closings.get_count",
	*SEARCHES,
}
# May be about documents of ours: they hold row conditions or the check of a document, each tried by the attack tests.
CHANNELS = {
	# one document
	"frappe.desk.form.load.getdoc",
	"frappe.desk.form.load.get_docinfo",
	"frappe.desk.form.load.getdoctype",
	"frappe.desk.form.load.get_user_info_for_viewers",
	"frappe.desk.form.save.savedocs",
	"frappe.desk.form.utils.add_comment",
	"hot_rutin.closings.get_next",
	"hot_rutin.closings.get",
	"frappe.client.insert",
	"frappe.client.save",
	"frappe.client.set_value",
	"frappe.client.has_permission",
	"frappe.client.get_doc_permissions",
	"frappe.model.workflow.apply_workflow",
	"frappe.model.workflow.get_transitions",
	"frappe.model.workflow.can_cancel_document",
	"upload_file",
	"frappe.desk.form.utils.remove_attach",
	"frappe.www.printview.get_html_and_style",
	"frappe.printing.page.print.print.get_print_settings_to_show",
	"hot_rutin.paper.download_pdf",
	# lists, and what forms and charts ask beside them
	*LISTS,
	"hot_rutin.closings.validate_link",
	"hot_rutin.closings.get_open_count",
	"hot_rutin.closings.get_link_title",
	"frappe.desk.doctype.number_card.number_card.get_result",
	"frappe.desk.doctype.number_card.number_card.get_percentage_difference",
	# how a person likes a list to look: names of fields and filters, their own
	"frappe.desk.listview.get_list_settings",
	"frappe.model.utils.user_settings.get",
	"frappe.model.utils.user_settings.save",
}
# Methods that take a whole document, which carries the DocTypes of its rows.
WHOLE_DOCUMENT = {
	"frappe.desk.form.save.savedocs",
	"frappe.client.insert",
	"frappe.client.save",
	"frappe.model.workflow.apply_workflow",
	"frappe.model.workflow.get_transitions",
	"frappe.www.printview.get_html_and_style",
}
# Requests that store a document; its texts may hold any words.
STORING = {
	"frappe.desk.form.save.savedocs",
	"frappe.client.insert",
	"frappe.client.save",
	"frappe.client.set_value",
	"frappe.model.workflow.apply_workflow",
}
# A further method that holds the permissions of what the framework keeps beside a document (`access.SHADOWS`).
TRACE_CHANNELS = {"frappe.desk.reportview.get_sidebar_stats"}
DELETING = {"frappe.client.delete", "frappe.desk.reportview.delete_items"}
# What the desk makes, changes and deletes. Everything else is written by what happens in these, or comes with a deploy: what
# runs code, templates, conditions or queries, sends data elsewhere, or lets somebody in as another.
WRITTEN = {
	*READERS,
	*REGISTERS,
	*SETTINGS,
	*CHOICES,
	"Email Account",
	"Module Profile",
	"Notification Settings",
	"Role Profile",
	"System Settings",
	"User",
}
# What its lists, forms, links and menus show. The framework has some two hundred DocTypes more, and keeps conditions for few of
# them: rows of its own documents, for one, are for everybody who may read any such document.
SHOWN = {
	*WRITTEN,
	*LOGS,
	*SHADOWS,
	"Country",
	"Currency",
	"Dashboard Chart",
	"Dashboard Settings",
	"Data Import",
	"DocType",
	"Domain",
	"Email Domain",
	"Email Template",
	"Gender",
	"LDAP Settings",
	"Language",
	"Letter Head",
	"List Filter",
	"Number Card",
	"Report",
	"Role",
	"User Type",
	"Workflow State",
	"Workspace",
}
# What a file is attached to: evidence to a case's documents, a picture to an account.
UPLOADED_TO = {*READERS, "User"}
# What a list may be told; the framework would take more, to answer with its query instead, say.
LIST_PARAMETERS = {
	"doctype",
	"fieldname",
	"fields",
	"filters",
	"or_filters",
	"group_by",
	"order_by",
	"distinct",
	"limit",
	"limit_start",
	"limit_page_length",
	"start",
	"page_length",
	"parent",
	"parent_doctype",
	"view",
	"with_comment_count",
	"as_dict",
	"cmd",
}
# What takes `or_filters`; the others pass them over.
OR_FILTERED = {
	"frappe.client.get_list",
	"frappe.desk.reportview.export_query",
	"frappe.desk.reportview.get",
	"frappe.desk.reportview.get_count",
	"frappe.desk.reportview.get_list",
}
# Reports. Those of the app name none of our DocTypes; what they count and list is their reader's (see `reports`).
REPORTS = {"frappe.desk.query_report.run", "frappe.desk.query_report.export_query"}
OWN_REPORTS = {
	"Access Log",
	"Follow-up Timeliness",
	"Incident Statistics",
	"Overdue Steps",
	"Police Reports",
	"Routine Compliance",
}
# What changes something: not by the address of a link or a picture, for which the framework asks no token.
POSTED = {
	*STORING,
	*DELETING,
	"logout",
	"hot_rutin.closings.reset_otp_secret",
	"frappe.core.doctype.user.user.update_password",
	"frappe.core.doctype.access_log.access_log.make_access_log",
	"frappe.handler.logout",
	"frappe.model.utils.user_settings.save",
}
# What may be asked as somebody else, by a parameter. Not here.
ASKED_AS_A_USER = {*REPORTS, "frappe.desk.doctype.event.event.get_events"}
# What the desk calls besides, about no document of ours.
DESK = {
	# its pages and menus
	"frappe.apps.get_apps",
	"frappe.client.get_js",
	"frappe.client.get_single_value",
	"frappe.core.doctype.session_default_settings.session_default_settings.get_session_default_values",
	"frappe.core.doctype.user.user.switch_theme",
	"frappe.desk.desk_page.getpage",
	"frappe.desk.desktop.get_desktop_page",
	"frappe.desk.desktop.get_workspace_sidebar_items",
	"frappe.desk.doctype.dashboard_settings.dashboard_settings.create_dashboard_settings",
	"frappe.desk.doctype.dashboard_settings.dashboard_settings.save_chart_config",
	"frappe.desk.doctype.route_history.route_history.deferred_insert",
	"frappe.sessions.clear",
	"frappe.utils.change_log.get_versions",
	# the search bar: no case is in what they search
	"frappe.desk.doctype.tag.tag.get_documents_for_tag",
	"frappe.desk.doctype.tag.tag.get_tags_list_for_awesomebar",
	"frappe.utils.global_search.search",
	# notices of one's own, and whom one may name in a comment
	"frappe.desk.doctype.event.event.get_events",
	"frappe.desk.doctype.notification_log.notification_log.get_notification_logs",
	"frappe.desk.doctype.notification_log.notification_log.mark_all_as_read",
	"frappe.desk.doctype.notification_log.notification_log.mark_as_read",
	"frappe.desk.doctype.notification_log.notification_log.trigger_indicator_hide",
	"frappe.desk.doctype.notification_settings.notification_settings.set_seen_value",
	"frappe.desk.search.get_names_for_mentions",
	# forms, files, lists and reports
	"download_file",
	"frappe.core.api.file.get_max_file_size",
	"frappe.core.doctype.access_log.access_log.make_access_log",
	"frappe.desk.form.utils.update_comment",
	"frappe.desk.query_report.get_script",
	"frappe.desk.reportview.export_query",
	"frappe.integrations.doctype.google_settings.google_settings.get_file_picker_settings",
	"frappe.utils.pdf.is_wkhtmltopdf_valid",
	# accounts and settings
	"frappe.core.doctype.system_settings.system_settings.load",
	"frappe.core.doctype.user.user.get_all_roles",
	"frappe.core.doctype.user.user.get_module_profile",
	"frappe.core.doctype.user.user.get_perm_info",
	"frappe.core.doctype.user.user.get_role_profile",
	"frappe.core.doctype.user.user.get_timezones",
	"frappe.core.doctype.user.user.has_email_account",
	"frappe.core.doctype.user.user.verify_password",
	*DELETING,
}
# What a search may be told to call instead: what the desk's own forms ask for.
USER_QUERY = "frappe.core.doctype.user.user.user_query"
SEARCH_QUERIES = {
	USER_QUERY,
	"frappe.email.doctype.email_account.email_account.get_append_to",
}
# What signing in needs, a new password and another system's sign-in among it, and what the links in mails call.
FOR_GUESTS = {
	"login",
	"logout",
	"web_logout",
	"ping",
	"frappe.auth.get_logged_user",
	"frappe.core.doctype.user.user.test_password_strength",
	"frappe.core.doctype.user.user.update_password",
	"frappe.email.queue.unsubscribe",
	"frappe.handler.logout",
	"frappe.handler.ping",
	"frappe.handler.web_logout",
	"frappe.integrations.doctype.ldap_settings.ldap_settings.login",
	"frappe.translate.get_all_languages",
	"frappe.www.login.send_login_link",
	"hot_rutin.closings.reset_password",
}
# How often in a minute each is answered to guests at one address, which may be a whole municipality's. The site's configuration may say
# otherwise, by the same names, in `hot_rutin_guest_calls`.
GUEST_CALLS = {
	"frappe.core.doctype.user.user.test_password_strength": 30,
	"frappe.core.doctype.user.user.update_password": 20,
	"frappe.www.login.send_login_link": 20,
	"hot_rutin.closings.reset_password": 20,
	"each other": 300,
}
# By a key in a mail, or as somebody that another system knows.
SIGN_IN_ELSEWHERE = re.compile(r"frappe\.integrations\.oauth2_logins\.\w+|frappe\.www\.login\.login_via_\w+")
# Pages: the first part of the path. In these is nothing of a case ...
SHELLS = {
	"",
	"app",
	"apps",
	"assets",
	"desk",
	"favicon.ico",
	"login",
	"me",
	"message",
	"qrcode",
	"robots.txt",
	"update-password",
	"website_script.js",
}
# ... and these look up a document for whoever asks.
DOCUMENTS = {"files", "printview", "private"}

# The routine's own, in the place of the framework's or beside them: each asks for itself.
OWN = {
	"hot_rutin.closings.get",
	"hot_rutin.closings.get_count",
	"hot_rutin.closings.get_link_title",
	"hot_rutin.closings.get_next",
	"hot_rutin.closings.get_open_count",
	"hot_rutin.closings.reset_otp_secret",
	"hot_rutin.closings.reset_password",
	"hot_rutin.closings.validate_link",
	"hot_rutin.paper.download_pdf",
	"hot_rutin.paper.export_case",
	"hot_rutin.paper.report_to_pdf",
}
KNOWN = CHANNELS | TRACE_CHANNELS | REPORTS | DESK | FOR_GUESTS | OWN


def is_known(method: str) -> bool:
	"""Return whether the routine uses the method."""
	return method in KNOWN or bool(SIGN_IN_ELSEWHERE.fullmatch(method))


def is_for_guests(method: str) -> bool:
	"""Return whether somebody may call the method who has not signed in."""
	return method in FOR_GUESTS or bool(SIGN_IN_ELSEWHERE.fullmatch(method))
