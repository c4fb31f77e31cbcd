"""What people write in a case is evidence: kept to the letter, whatever signs it holds, and text in everybody's view of it."""

import io
import itertools
import json
from zipfile import ZipFile

import pytest
from answers import answered, text_fields
from attack import ask, method
from desk import DESKTOP, PHONE, Screen
from hot_rutin.access.policy import PARENTS, READERS
from hot_rutin.case import markup
from paper import printed
from world import (
	assessment,
	company,
	conversation,
	new_session,
	notice,
	now,
	police_contact,
	site,
	support_contact,
	support_order,
)

# What threats are quoted with.
HEADER = "Från: Okänd <okand.avsandare@example.com>\nTill: Edda\nVi vet var du bor."
LINK = "Det står kvar på <https://example.com/inlagg/7> i dag"
COMMENT = "Under bilden skrev hen <b>försvinn</b> och <3"
# What a browser would run, load or draw, and what would end a field or an attribute.
LINE = '<img src=x onerror="ran=1" class=drawn><b class=drawn>dö</b></textarea> &lt;i&gt; &#60; "E" \'x\' <a@example.com> H&M &amp'
TEXT = (
	f"{HEADER}\n{LINK}\n{COMMENT}\n{LINE}\n<script>ran=1</script><style>*{{display:none}}</style><svg/onload=ran=1 class=drawn>"
	"<p class=drawn>x<br><table><!-- <?x ]]> <\u2060b {{ 7*7 }} {0}"
)
KEPT_TO_THE_LETTER = {"Data": LINE, "Small Text": TEXT, "Text": TEXT}
# Who writes each table, and a row that would be saved.
ROWS = {
	("Incident", "assessments"): ("officer", assessment),
	("Incident", "police_contacts"): ("strategist", police_contact),
	("Incident", "police_decisions"): ("exposed", lambda: {"decision": "Yes", "decided_on": now()}),
	("Incident", "support_contacts"): ("exposed", lambda: support_contact("Support Person")),
	("Incident", "accompaniments"): ("officer", lambda: company("To Home or Another Place")),
	("Incident", "information_notices"): ("officer", lambda: notice("Employees")),
	("Follow-up", "conversations"): ("officer", conversation),
	("Follow-up", "further_conversations"): ("officer", lambda: {"assessed_on": now(), "needed": "No"}),
	("Follow-up", "support_needs"): ("exposed", lambda: {"answer": "No", "consulted_with": "Officer"}),
	("Follow-up", "support_orders"): ("strategist", support_order),
}
CIRCLES = {
	"exposed": ("Incident", "Police Report", "Follow-up"),
	"officer": ("Incident", "Police Report", "Follow-up", "Masked Copy"),
	"strategist": ("Incident", "Police Report", "Follow-up", "Masked Copy"),
	"director": ("Police Report",),
}


def texts(frappe, doctype):
	"""A text for each field of a document or row that people write in; a telephone number is none."""
	fields = {field.fieldname: field for field in frappe.get_meta(doctype).fields}
	return {
		name: KEPT_TO_THE_LETTER[fields[name].fieldtype]
		for name in text_fields(frappe, doctype)
		if fields[name].options != "Phone" and name not in ("reopen_reason", "incident")
	}


@pytest.fixture(scope="module")
def quoted(world, stack):
	"""A case of signs that no test changes."""
	return case_of_signs(world, stack)


def case_of_signs(world, stack):
	"""A case in which each text is full of signs, sent as the desk sends them; and where each text stands: document, table, field."""
	case = world.case("requested", what_happened=f"{TEXT} 1")
	written = []
	with site(stack) as frappe:
		for doctype in ("Incident", "Follow-up"):
			if doctype == "Incident":
				case.write("officer", **texts(frappe, doctype))
				written += [(doctype, None, field) for field in texts(frappe, doctype)]
			for table in frappe.get_meta(doctype).get_table_fields():
				if table.fieldname == "steps":
					continue
				who, row = ROWS[doctype, table.fieldname]
				values = texts(frappe, table.options)
				case.write(who, doctype, **{table.fieldname: [{**row(), **values}]})
				written += [(doctype, table.fieldname, field) for field in values]
		assert case.mark("officer", "3.2.2-1", "Not Needed", TEXT).status_code == 200
		written.append(("Incident", "steps", "reason"))
		reports = texts(frappe, "Police Report")
		levels = {1: "strategist", 2: "director", 3: "director"}
		for level, who in levels.items():
			meta = frappe.get_meta("Police Report")
			case.write(
				who,
				"Police Report",
				**{
					field: text for field, text in reports.items() if meta.get_field(field).permlevel == level
				},
			)
			if level == 2:
				case.press("director", "Approve", doctype="Police Report")
		written += [("Police Report", None, field) for field in reports]
	answer = world.officer.create("Masked Copy", incident=case.name, grounds=TEXT, words="Edda")
	assert answer.status_code == 200, answer.text
	case.masked = answer.json()["data"]["name"]
	return case, written


def in_the_desk(person, doctype, name):
	"""The document as the desk is sent it."""
	answer = person.desk.get(
		"/api/method/frappe.desk.form.load.getdoc", params={"doctype": doctype, "name": name}
	)
	assert answer.status_code == 200, answer.text
	return answer.json()["docs"][0]


def all_texts(value):
	if isinstance(value, str):
		yield value
	elif isinstance(value, dict | list):
		for inner in value.values() if isinstance(value, dict) else value:
			yield from all_texts(inner)


# --- kept


@pytest.mark.parametrize("text", (HEADER, LINK, COMMENT))
def test_a_quoted_threat_is_reported_and_read_to_the_letter(world, text):
	answer = world.exposed.report(world.representatives["exposed"], what_happened=text, event_on=now(hours=5))
	assert answer.status_code == 200, answer.text
	name = answer.json()["data"]["name"]
	for reader in (world.exposed, world.officer):
		assert reader.read("Incident", name)["what_happened"] == text


def test_each_text_of_a_case_is_stored_to_the_letter(quoted):
	case, written = quoted
	assert len(written) > 25
	for doctype, table, field in written:
		document = case.stored(doctype)
		parts = [document] if table is None else document[table]
		assert {part.get(field) for part in parts} & {LINE, TEXT}, (doctype, table, field)


def test_each_text_that_people_write_is_kept_past_the_framework_s_filter(frappe_site):
	"""It rewrites what it takes for markup, unless the field says that it may not."""
	rows = [row for row, parents in PARENTS.items() if not set(parents).isdisjoint(READERS)]
	for doctype in (*READERS, *rows):
		meta = frappe_site.get_meta(doctype)
		filtered = {
			name for name in text_fields(frappe_site, doctype) if not meta.get_field(name).ignore_xss_filter
		}
		assert not filtered, f"{doctype}: {filtered}"


def test_what_the_exposed_person_takes_home_is_to_the_letter(world, quoted):
	case, written = quoted
	export = method("hot_rutin.papers.export.export_case", name=case.name, kind="zip").send(
		world.exposed.desk
	)
	with ZipFile(io.BytesIO(export.content)) as archive:
		documents = {doc["doctype"]: doc for doc in json.loads(archive.read(f"{case.name}.json"))}
	for doctype, table, field in written:
		parts = [documents[doctype]] if table is None else documents[doctype][table]
		assert {part[field] for part in parts if part.get(field)} & {LINE, TEXT}, (doctype, table, field)


def test_papers_hold_the_texts(world, quoted):
	case, _written = quoted
	for doctype, name in (("Incident", case.name), ("Masked Copy", case.masked)):
		paper = printed(world.officer, doctype, name)
		assert paper.says(LINE) and paper.says(
			"<style>*{display:none}</style><svg/onload=ran=1 class=drawn>"
		), doctype
	# The framework's own print format, which has no escaping.
	page = ask("page", "/printview", doctype="Incident", name=case.name, format="Standard").send(
		world.officer.desk
	)
	assert "&lt;img src=x" in page.text and "<img src=x" not in page.text


def test_a_telephone_number_is_a_number_and_its_refusal_does_not_repeat_what_was_typed(world):
	case = world.case("assessment")
	with case.unchanged():
		answer = case.attempt("officer", contact_phone=LINE)
		answered(answer, world.in_swedish("Incident", "contact_phone"), "telefonnummer")
		assert "onerror" not in answer.text


def test_the_reason_for_reopening_is_text_in_the_timeline(world, stack):
	case = world.case()
	with site(stack) as frappe:
		doc = frappe.get_doc("Incident", case.name)
		doc.reopen_reason = LINE
		doc.get_doc_before_save = lambda: frappe._dict(workflow_state="Closed")
		doc.check_moves()
		said = frappe.get_last_doc("Comment", {"reference_name": case.name, "comment_type": "Info"}).content
	assert "<" not in said and "&lt;img src=x" in said


def test_a_quoted_address_in_a_comment_stays_an_address(world):
	case = world.case()
	said = {
		"reference_doctype": "Incident",
		"reference_name": case.name,
		"content": LINK,
		"comment_email": "x",
		"comment_by": "x",
	}
	assert method("frappe.desk.form.utils.add_comment", **said).send(world.exposed.desk).status_code == 200
	shown = method("frappe.desk.form.load.get_docinfo", doctype="Incident", name=case.name).send(
		world.officer.desk
	)
	assert "&lt;https://example.com/inlagg/7&gt;" in shown.json()["docinfo"]["comments"][0]["content"]


# --- to the desk and back


def test_what_the_desk_is_sent_is_no_markup_and_comes_back_as_it_was():
	"""Every text of up to five of these signs."""
	signs = "<&\ufe0ea/#; "
	for length in range(1, 6):
		for letters in itertools.product(signs, repeat=length):
			text = "".join(letters)
			assert markup.as_stored(markup.as_text(text)) == text


def test_a_browser_takes_what_the_desk_is_sent_for_text(browser):
	signs = "<&\ufe0ea/#!?1>;-"
	sent = [
		markup.as_text("".join(letters))
		for length in range(1, 5)
		for letters in itertools.product(signs, repeat=length)
	]
	sent += [
		markup.as_text(text)
		for text in (LINE, TEXT.replace("\n", " "), "&ltx", "&copy", "&notit;", "<![CDATA[x]]>")
	]
	page = browser.new_page()
	drawn = page.evaluate(
		"""sent => {
			const element = document.createElement("div");
			return sent.filter(text => {
				element.innerHTML = text;
				return element.textContent !== text || element.childNodes.length !== 1 || element.firstChild.nodeType !== 3;
			});
		}""",
		sent,
	)
	page.close()
	assert drawn == []


def test_the_desk_is_sent_no_markup_and_sends_back_what_was_stored(world, quoted):
	case, _written = quoted
	names = {"Incident": case.name, "Follow-up": case.stored("Follow-up")["name"]}
	for doctype, name in names.items():
		before = case.stored(doctype)
		for who in ("officer", "exposed", "strategist"):
			document = in_the_desk(world.people[who], doctype, name)
			assert not [text for text in all_texts(document) if "<img" in text or "&lt;" in text]
			answer = world.people[who].save(document)
			assert answer.status_code == 200, answer.text
			saved = answer.json()["docs"][0]
			assert not [text for text in all_texts(saved) if "<img" in text or "&lt;" in text]
		if doctype == "Incident":
			answer = method(
				"frappe.client.set_value",
				doctype=doctype,
				name=name,
				fieldname={"place": markup.as_text(LINE)},
			).send(world.officer.desk)
			assert answer.status_code == 200 and "<img" not in answer.json()["message"]["place"]
		after = case.stored(doctype)
		assert set(all_texts(after)) - {after["modified"], after["modified_by"]} <= {
			*all_texts(before),
			*(row["modified"] for table in after.values() if isinstance(table, list) for row in table),
			*(person.user for person in world.people.values()),
		}


def test_a_text_that_holds_the_desk_s_own_mark_survives_the_desk(world):
	case = world.case("assessment")
	text = "<\ufe0eb> <\ufe0e\ufe0e/b> &\ufe0elt; <\ufe0e <b>"
	assert world.officer.put("Incident", case.name, what_happened=text).status_code == 200
	for who in ("exposed", "officer"):
		answer = world.people[who].save(in_the_desk(world.people[who], "Incident", case.name))
		assert answer.status_code == 200, answer.text
		assert case.stored()["what_happened"] == text


# --- drawn as text

SHOWN = """() => {
	const found = {};
	const see = (where, element) => {
		const text = "value" in element ? element.value : element.textContent;
		(found[where] ??= []).push(text.replace(/\\s+/g, "").replaceAll("\\ufe0e", ""));
	};
	const holds = (doc, field) => String(doc[field] || "").includes("onerror");
	const controls = () => document.querySelectorAll(".page-container:not([style*='display: none']) .frappe-control");
	const look = () => {
		for (const element of controls()) {
			const field = element.fieldobj;
			const doc = field?.doctype && locals[field.doctype]?.[field.docname];
			if (!doc || field.only_input || !holds(doc, field.df.fieldname)) continue;
			if (field.disp_status === "Write") see(`${field.doctype}.${field.df.fieldname} write`, field.input);
			if (field.disp_status === "Read") see(`${field.doctype}.${field.df.fieldname} read`, field.disp_area);
		}
	};
	look();
	for (const table of cur_frm.fields.filter(field => field.df.fieldtype === "Table")) {
		for (const row of table.grid.grid_rows || []) {
			for (const column of row.columns_list || [])
				if (holds(row.doc, column.df.fieldname))
					see(`${row.doc.doctype}.${column.df.fieldname} cell`, column.static_area[0]);
			if (!Object.keys(row.doc).some(field => holds(row.doc, field))) continue;
			row.toggle_view(true);
			look();
			row.toggle_view(false);
		}
	}
	return found;
}"""
DRAWN = "() => window.ran || [...document.querySelectorAll('.drawn')].map(element => element.outerHTML).join() || null"


def nothing_is_drawn(screen, where):
	screen.rest()
	for frame in screen.page.frames:
		assert frame.evaluate(DRAWN) is None, where


SIZES = {"desktop": DESKTOP, "phone": PHONE}
# Each role at a desk; on a phone whoever is likelier to hold one, and in `make drill` each.
ON_SCREENS = [("desktop", role) for role in CIRCLES] + [
	pytest.param("phone", role, marks=() if role == "exposed" else pytest.mark.drill) for role in CIRCLES
]


@pytest.fixture(params=SIZES)
def screens(request, browser, stack, world):
	opened = []

	def screen(role):
		opened.append(Screen(browser, stack.url, SIZES[request.param]))
		return opened[-1].enter(new_session(stack, world.people[role].user))

	yield screen
	for one in opened:
		one.close()


@pytest.mark.parametrize(("screens", "role"), ON_SCREENS, indirect=["screens"])
def test_texts_are_text_wherever_they_are_shown(quoted, screens, role, screenshots):
	case, _written = quoted
	screen = screens(role)
	page = screen.page
	found = {}
	for doctype in CIRCLES[role]:
		name = {"Incident": case.name, "Masked Copy": case.masked}.get(doctype) or case.stored(doctype)[
			"name"
		]
		screen.open(doctype, name)
		found |= page.evaluate(SHOWN)
		nothing_is_drawn(screen, doctype)
		screen.picture(
			screenshots / f"quoted-{role}-{doctype}-{'phone' if screen.touches else 'desktop'}.png"
		)
		screen.go("print", doctype, name)
		page.frame_locator(".print-format-container").locator(".print-format").wait_for(state="attached")
		nothing_is_drawn(screen, f"{doctype} on paper")
	told = {"".join(text.split()).replace("\ufe0e", "") for text in (LINE, TEXT, f"{TEXT} 1", HEADER)}
	assert len(found) > 5
	for where, texts_there in found.items():
		for text in texts_there:
			assert text in told or any(text in one or one in text for one in told), f"{where}: {text}"
	if not screen.touches:
		in_lists(screen, CIRCLES[role])
	assert screen.errors == []


def in_lists(screen, doctypes):
	page = screen.page
	for doctype in doctypes:
		screen.go("List", doctype, "Report")
		page.wait_for_function("doctype => cur_list?.doctype === doctype && cur_list.datatable", arg=doctype)
		for field in ("what_happened", "place", "return_reason", "grounds", "evidence_note"):
			if page.evaluate("field => frappe.meta.has_field(cur_list.doctype, field)", field):
				page.evaluate("field => cur_list.add_column_to_datatable(field, cur_list.doctype, 2)", field)
				screen.rest()
		nothing_is_drawn(screen, f"the list of {doctype}")


def test_somebody_changes_their_own_text_and_another_their_own_part(stack, screens, world):
	case, _written = case_of_signs(world, stack)
	officer = screens("officer").open("Incident", case.name)
	typed = "Vi <b>vet</b> &lt; var <du@example.com> bor"
	officer.tab("report_tab").fill(place=typed).save()
	assert case.stored()["place"] == typed
	before = case.stored()["what_happened"]
	shown = officer.field("what_happened").locator("textarea")
	shown.press("Control+End")
	shown.press_sequentially(" <i>mer")
	officer.save()
	assert case.stored()["what_happened"] == f"{before} <i>mer"
	# What the timeline tells of it.
	nothing_is_drawn(officer, "the timeline")
	shown.press("Control+End")
	for _sign in "<i>mer":
		shown.press("Backspace")
	officer.save()
	assert (
		case.stored()["what_happened"] == f"{before} ".strip()
		or case.stored()["what_happened"] == f"{before} "
	)
