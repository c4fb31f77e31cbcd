"""The endpoints: which of the framework's methods, pages and resources the routine uses. Nothing else is answered.

The framework has some hundreds of methods and checks in each its own way. A newer version may bring a desk that calls one that
is not here, or sends a parameter more: it is refused, the server's log says what, and a line here lets it in once it is read.
"""

from typing import Annotated, Any, Literal, NamedTuple

import frappe
from annotated_types import Ge, Le, MaxLen
from pydantic import AfterValidator, ConfigDict, Field

from hot_rutin.access.policy import ADMINISTRATOR, CHOICES, PARENTS
from hot_rutin.door import schemas
from hot_rutin.door.schemas import Nothing, One, Schema, of
from hot_rutin.door.sessions import issued_state

# isort: off
from hot_rutin.door.values import (
	ASSET, READABLE, Case, Comment, Deletable, FileAddress, Flag, Ignored, Line, Moment, Name, NewPassword, OwnAddress,
	PageAddress, Password, Readable, Report, Rows, Scalar, Start, Word, always, json_of, matching,
	none_of_ours, text,
)  # fmt: skip
# isort: on

READ, POST, WRITE = ("GET", "HEAD", "POST"), ("POST",), ("POST", "PUT")


class Endpoint(NamedTuple):
	"""`schema` of its parameters; `verbs` of HTTP; `way`, by which what it shows is logged; `roles`, one of which it takes (none:
	everybody who has signed in); whether guests may call it, and how often in a minute from one address, unless the site's
	`hot_rutin_guest_calls` says otherwise; what of its answer the desk draws, which may be a case's."""

	schema: type[Schema] = Nothing
	verbs: tuple[str, ...] = READ
	way: str | None = None
	roles: tuple[str, ...] = ()
	for_guests: bool = False
	a_minute: int = 300
	drawn: str | None = None


def _for_guests(
	schema: type[Schema] = Nothing, verbs: tuple[str, ...] = READ, a_minute: int = 300
) -> Endpoint:
	return Endpoint(schema, verbs, for_guests=True, a_minute=a_minute)


class Page(Schema):
	"""The desk's shell, a page of signing in, an asset: nothing of a case is in them. What else stands in their address only the
	browser reads."""

	model_config = ConfigDict(extra="ignore")
	address: PageAddress = ""
	redirect: OwnAddress | None = Field(None, alias="redirect-to")
	key: Word | None = None
	password_expired: Word | None = None


class FromSystem(Schema):
	"""With what another system sends somebody back to be signed in. Each adds what it likes, which is not forwarded."""

	model_config = ConfigDict(extra="ignore")
	code: text(4000)
	state: Annotated[text(4000), AfterValidator(issued_state)]


class FromNamedSystem(FromSystem):
	provider: Name


by_docname, of_doctype = {"doctype": Readable, "docname": Name}, of(doctype=Readable)
names, scalars = json_of(Annotated[list[Name], MaxLen(500)]), dict[Word, Scalar]
csv = {
	"csv_delimiter": (Literal[",", ";", "\t", "|"], None),
	"csv_quoting": (Literal["0", "1", "2", "3"], None),
}
redirect = (OwnAddress | None, Field(None, alias="redirect-to"))
sign_in = of(
	usr=(Line, None), pwd=(Password, None), otp=(Word, None), tmp_id=(Word, None), device=(Word, None), redirect=redirect,
)  # fmt: skip
report = of(
	report_name=Report, filters=(json_of(dict[Word, Scalar | list[Scalar]] | list | None), None),
	# Without what was stored for somebody else.
	ignore_prepared_report=(always("1"), ""), custom_columns=(json_of(Annotated[list, MaxLen(0)] | None), None),
	are_default_filters=(Flag, None), visible_idx=(json_of(list[int] | None), None), include_indentation=(Flag, None),
	file_format_type=(Literal["CSV", "Excel"], None), user=Ignored, is_tree=Ignored, parent_field=Ignored, **csv,
)  # fmt: skip
paper = {
	"format": (Word, None), "no_letterhead": (Flag, None), "letterhead": (Word, None), "trigger_print": (Flag, None),
	"style": (Word, None), "settings": Ignored, "letter_head": Ignored, "key": Ignored, "address": (PageAddress, ""), "language": Ignored,
}  # fmt: skip

# What signing in needs, a new password and another system's sign-in among it, and what the links in mails call.
SIGNING_IN = {
	"frappe.integrations.oauth2_logins.custom": _for_guests(FromNamedSystem),
	"login": _for_guests(sign_in),
	"logout": _for_guests(verbs=WRITE),
	"web_logout": _for_guests(),
	"ping": _for_guests(),
	"frappe.auth.get_logged_user": _for_guests(),
	"frappe.core.doctype.user.user.reset_password": _for_guests(of(user=Word), POST, 20),
	"frappe.core.doctype.user.user.test_password_strength": _for_guests(
		of(new_password=NewPassword, key=(Word, None), old_password=(Password, None), user_data=Ignored), READ, 30
	),
	# With `logout_all_sessions` the framework would commit the password before it is noted (see `accounts`).
	"frappe.core.doctype.user.user.update_password": _for_guests(
		of(new_password=NewPassword, key=(Word, None), old_password=(Password, None), logout_all_sessions=Ignored), WRITE, 20
	),
	"frappe.email.queue.unsubscribe": _for_guests(
		of(doctype=Word, name=Word, email=Word, signature=(Word | None, Field(None, alias="_signature")))
	),
	"frappe.handler.logout": _for_guests(verbs=WRITE),
	"frappe.handler.ping": _for_guests(),
	"frappe.handler.web_logout": _for_guests(),
	"frappe.integrations.doctype.ldap_settings.ldap_settings.login": _for_guests(sign_in, POST),
	"frappe.translate.get_all_languages": _for_guests(of(with_language_name=(Flag, None))),
	"frappe.www.login.send_login_link": _for_guests(of(email=Word), POST, 20),
	"frappe.www.login.login_via_key": _for_guests(of(key=Word)),
	"frappe.www.login.login_via_token": _for_guests(of(login_token=Word)),
	**{
		f"frappe.integrations.oauth2_logins.{system}": _for_guests(FromSystem)
		for system in (
			"login_via_fairlogin", "login_via_facebook", "login_via_frappe", "login_via_github", "login_via_google",
			"login_via_keycloak", "login_via_office365", "login_via_salesforce",
		)
	},
}  # fmt: skip
PAGES = {
	**{
		f"page {name}": _for_guests(Page)
		for name in (
			"", "app", "apps", "assets", "desk", "favicon.ico", "login", "me", "message", "qrcode", "robots.txt",
			"update-password", "website_script.js",
		)
	},
	"page files": _for_guests(of(file_url=text(500)), READ),
	"page private": Endpoint(of(file_url=FileAddress), READ, "File"),
	"page printview": Endpoint(of("doctype", "name", doctype=Readable, name=Name, **paper), READ, "Print"),
}  # fmt: skip
DOCUMENTS = {
	"resource GET": Endpoint(One, READ, "REST"),
	"resource PUT": Endpoint(schemas.Written, ("PUT", "PATCH"), "REST"),
	"resource DELETE": Endpoint(of("doctype", "name", doctype=Deletable, name=Name), ("DELETE",)),
	"resource list POST": Endpoint(schemas.Made, POST, "REST"),
	"frappe.client.get": Endpoint(schemas.Found, READ, "REST"),
	"frappe.client.insert": Endpoint(schemas.Made, WRITE, "REST"),
	"frappe.client.save": Endpoint(schemas.Written, WRITE, "REST"),
	"frappe.client.set_value": Endpoint(schemas.SetValue, WRITE, "REST", drawn="message"),
	"frappe.client.delete": Endpoint(of("doctype", "name", doctype=Deletable, name=Name), ("POST", "DELETE")),
	"frappe.desk.reportview.delete_items": Endpoint(of("doctype", "items", doctype=Deletable, items=names), POST),
	"frappe.client.has_permission": Endpoint(
		of("doctype", "docname", **by_docname, perm_type=(Literal["read", "write", "create", "delete", "print"], "read"))
	),
	"frappe.client.get_doc_permissions": Endpoint(of("doctype", "docname", **by_docname)),
	"frappe.client.validate_link": Endpoint(schemas.Link, READ, "REST"),
	"frappe.desk.search.get_link_title": Endpoint(schemas.Link, READ, "REST"),
	"frappe.desk.form.load.getdoc": Endpoint(One, READ, "Form", drawn="docs"),
	"frappe.desk.form.load.get_docinfo": Endpoint(One, READ, "Form"),
	"frappe.desk.form.save.savedocs": Endpoint(schemas.Written, POST, "Form", drawn="docs"),
	"frappe.desk.form.utils.get_next": Endpoint(schemas.Next, READ, "List"),
	# None of what stands beside a document is counted: a form asks for it whenever it is opened.
	"frappe.desk.notifications.get_open_count": Endpoint(
		of("doctype", "name", doctype=Readable, name=Name, items=(Annotated[json_of(list[Word]), AfterValidator(none_of_ours)], ()))
	),
	"frappe.model.workflow.apply_workflow": Endpoint(schemas.Moved, POST, "Form", drawn="message"),
	"frappe.model.workflow.get_transitions": Endpoint(schemas.Moved),
	# A choice by another name; nothing else is renamed.
	"frappe.model.rename_doc.update_document_title": Endpoint(
		of(
			"doctype", "docname", doctype=Literal[tuple(kind for kind in CHOICES if kind != "Routine Step")], docname=Name, name=(Word, None), title=(Word, None),
			merge=(always(0), 0), enqueue=(always(0), 0), freeze=Ignored, freeze_message=Ignored,
		),
		POST, None, (ADMINISTRATOR,),
	),
	# on paper
	"frappe.www.printview.get_html_and_style": Endpoint(schemas.Printed, READ, "Print"),
	"frappe.printing.page.print.print.get_print_settings_to_show": Endpoint(of("doctype", "docname", **by_docname)),
	"frappe.utils.print_format.download_pdf": Endpoint(
		of("doctype", "name", doctype=Readable, name=Name, **paper), READ, "PDF"
	),
	"frappe.utils.print_format.report_to_pdf": Endpoint(
		of(html=text(2_000_000), orientation=(Literal["Landscape", "Portrait"], "Landscape")), POST
	),
	# Who gets it is asked where it is made, and its reading logged as it is shown.
	"hot_rutin.papers.export.export_case": Endpoint(of(name=Name, kind=(Literal["pdf", "json", "zip"], "pdf")), READ, "Export"),
	# beside it
	"frappe.desk.form.utils.add_comment": Endpoint(
		of(
			"reference_doctype", "reference_name", reference_doctype=Case, reference_name=Name, content=Comment,
			comment_email=(always(lambda: frappe.session.user), ""), comment_by=(always(lambda: frappe.session.user), ""),
		),
		WRITE,
	),
	"frappe.desk.form.utils.update_comment": Endpoint(
		of("doctype", "name", doctype=(always("Comment"), ""), name=Name, content=Comment), POST
	),
	"frappe.desk.form.utils.remove_attach": Endpoint(
		of("doctype", "fid", doctype=(always("File"), ""), fid=Name, dt=Ignored, dn=Ignored), ("POST", "DELETE")
	),
	"upload_file": Endpoint(schemas.Upload, POST),
	"download_file": Endpoint(of(file_url=FileAddress), READ, "File"),
}  # fmt: skip
LISTS = {
	"resource list GET": Endpoint(schemas.PlainList, READ, "List"),
	"frappe.client.get_list": Endpoint(schemas.PlainList, READ, "List"),
	"frappe.client.get_value": Endpoint(schemas.Value, READ, "List"),
	"frappe.client.get_count": Endpoint(schemas.Count, READ, "List"),
	"frappe.desk.reportview.get": Endpoint(schemas.List, READ, "List", drawn="message"),
	"frappe.desk.reportview.get_list": Endpoint(schemas.List, READ, "List", drawn="message"),
	"frappe.desk.reportview.get_count": Endpoint(schemas.Count, READ, "List"),
	"frappe.desk.reportview.get_sidebar_stats": Endpoint(schemas.Tags, READ, "List"),
	"frappe.desk.reportview.export_query": Endpoint(schemas.Exported, READ, "Export"),
	"frappe.desk.search.search_link": Endpoint(schemas.Search, READ, "List"),
	"frappe.desk.search.search_widget": Endpoint(schemas.Search, READ, "List"),
	"frappe.desk.doctype.number_card.number_card.get_result": Endpoint(schemas.Card, READ, "List"),
	"frappe.desk.doctype.number_card.number_card.get_percentage_difference": Endpoint(
		schemas.Card, READ, "List"
	),
	"frappe.desk.query_report.run": Endpoint(report, READ, "Report"),
	"frappe.desk.query_report.export_query": Endpoint(report, READ, "Report"),
	"frappe.desk.query_report.get_script": Endpoint(of(report_name=Report)),
}
# What the desk calls besides, about no document of ours.
DESK = {
	# its pages and menus
	"frappe.apps.get_apps": Endpoint(),
	"frappe.client.get_js": Endpoint(of(items=json_of(Annotated[list[Annotated[Line, matching(ASSET)]], MaxLen(50)]))),
	"frappe.client.get_single_value": Endpoint(of(doctype=Readable, field=Word)),
	"frappe.core.doctype.session_default_settings.session_default_settings.get_session_default_values": Endpoint(),
	"frappe.core.doctype.user.user.switch_theme": Endpoint(of(theme=Literal["Dark", "Light", "Automatic"]), POST),
	"frappe.desk.desk_page.getpage": Endpoint(of(name=Name)),
	"frappe.desk.desktop.get_desktop_page": Endpoint(of(page=json_of(scalars))),
	"frappe.desk.desktop.get_workspace_sidebar_items": Endpoint(),
	"frappe.desk.doctype.dashboard_settings.dashboard_settings.create_dashboard_settings": Endpoint(of(user=(always(lambda: frappe.session.user), ""))),
	"frappe.desk.doctype.dashboard_settings.dashboard_settings.save_chart_config": Endpoint(
		of(reset=Flag, config=json_of(dict[Word, Any]), chart_name=Word)
	),
	"frappe.desk.doctype.route_history.route_history.deferred_insert": Endpoint(
		of(routes=json_of(Annotated[list[dict[Literal["route", "creation"], Line]], MaxLen(500)]))
	),
	"frappe.desk.form.load.getdoctype": Endpoint(
		of(doctype=Literal[(*READABLE, *PARENTS)], with_parent=(Flag, None), cached_timestamp=(Word, None))
	),
	"frappe.desk.form.load.get_user_info_for_viewers": Endpoint(of(users=names)),
	"frappe.desk.listview.get_list_settings": Endpoint(of_doctype),
	"frappe.model.utils.user_settings.get": Endpoint(of_doctype),
	"frappe.model.utils.user_settings.save": Endpoint(of(doctype=Readable, user_settings=json_of(dict[Word, Any])), POST),
	"frappe.model.workflow.can_cancel_document": Endpoint(of_doctype),
	"frappe.sessions.clear": Endpoint(),
	"frappe.utils.change_log.get_versions": Endpoint(),
	# the search bar: no case is in what they search
	"frappe.desk.doctype.tag.tag.get_documents_for_tag": Endpoint(of(tag=Word)),
	"frappe.desk.doctype.tag.tag.get_tags_list_for_awesomebar": Endpoint(),
	"frappe.utils.global_search.search": Endpoint(
		of(text=Line, start=(Start, 0), limit=(Annotated[int, Ge(0), Le(1000)], 20), doctype=(Readable | Literal[""], ""))
	),
	# notices of one's own, and whom one may name in a comment
	"frappe.desk.doctype.event.event.get_events": Endpoint(
		of(start=Moment, end=Moment, user=Ignored, filters=Ignored, for_reminder=Ignored)
	),
	"frappe.desk.doctype.notification_log.notification_log.get_notification_logs": Endpoint(of(limit=(Rows, 20))),
	"frappe.desk.doctype.notification_log.notification_log.mark_all_as_read": Endpoint(),
	"frappe.desk.doctype.notification_log.notification_log.mark_as_read": Endpoint(
		of("doctype", "docname", doctype=(always("Notification Log"), ""), docname=Name)
	),
	"frappe.desk.doctype.notification_log.notification_log.trigger_indicator_hide": Endpoint(),
	"frappe.desk.doctype.notification_settings.notification_settings.set_seen_value": Endpoint(of(value=Flag, user=(always(lambda: frappe.session.user), ""))),
	"frappe.desk.search.get_names_for_mentions": Endpoint(of(search_term=Line)),
	# forms, files, lists and reports
	"frappe.core.api.file.get_max_file_size": Endpoint(),
	# That somebody has printed: not what stood there.
	"frappe.core.doctype.access_log.access_log.make_access_log": Endpoint(
		of(
			doctype=(Word, None), document=(Word, None), method=(Word, None), file_type=(Word, None), report_name=(Word, None),
			filters=Ignored, page=Ignored, columns=Ignored,
		),
		POST,
	),
	"frappe.integrations.doctype.google_settings.google_settings.get_file_picker_settings": Endpoint(),
	"frappe.utils.pdf.is_wkhtmltopdf_valid": Endpoint(),
	# accounts and settings
	"frappe.core.doctype.system_settings.system_settings.load": Endpoint(),
	"frappe.core.doctype.user.user.get_all_roles": Endpoint(of(arg=Ignored)),
	"frappe.core.doctype.user.user.get_module_profile": Endpoint(of(module_profile=Word)),
	"frappe.core.doctype.user.user.get_perm_info": Endpoint(of(role=Word)),
	"frappe.core.doctype.user.user.get_role_profile": Endpoint(of(role_profile=Word)),
	"frappe.core.doctype.user.user.get_timezones": Endpoint(),
	"frappe.core.doctype.user.user.has_email_account": Endpoint(of(email=Word)),
	"frappe.core.doctype.user.user.verify_password": Endpoint(of(password=Password), POST),
	"frappe.twofactor.reset_otp_secret": Endpoint(of(user=Word), POST),
}  # fmt: skip
ENDPOINTS = {**SIGNING_IN, **PAGES, **DOCUMENTS, **LISTS, **DESK}
