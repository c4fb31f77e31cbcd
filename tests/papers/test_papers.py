"""A case on paper: what is printed is what is recorded, each reader gets their own part and no other, what is blanked is gone,
and every page says which case, who printed it, when, and which page of how many it is."""

import io
import json
import re
import secrets
import zipfile
from datetime import datetime

import frappe
import pytest
from attack import ask, method
from desk import DESKTOP, PHONE, Screen
from paper import DOWNLOAD, FOOT, Paper, printed, unspaced
from world import assessment, new_session, now, said, site

DOSSIER, CHECKLIST, BASIS = "Händelsedokumentation", "Checklista", "Underlag för polisanmälan"
FOLLOW_UP, MASKED = "Dokumentation av uppföljning", "Maskerad kopia"
EXPORT = "hot_rutin.papers.export.export_case"
LETTERS = "Åke Öberg-Ärlig ropade »é ü ß« — Привет, Ελληνικά, 中文威胁, 日本語 😀☠"
LAYOUT = ("Section Break", "Column Break", "Tab Break", "HTML", "Table")


@pytest.fixture(scope="module")
def closed(world):
	"""A case through all of the routine, with something in every table."""
	case = world.case(
		"filed", what_happened=f"{LETTERS}\n\nAndra stycket {secrets.token_hex(4)}.", place="Torget"
	)
	case.write("director", "Police Report", police_number="5000-K123-26", protected_access_answer="Granted")
	case.support().inform().press("officer", "Start Follow-up")
	case.converse().assess_needs().order_support().press("officer", "Complete", doctype="Follow-up")
	case.press("officer", "Close")
	return case


# --- what is on the paper is what is in the record


@pytest.fixture(scope="module")
def metas(stack):
	"""DocType -> its fields, with their Swedish labels, and `in_swedish(text)`."""
	with site(stack):
		fields = {}
		for doctype in (*frappe.get_all("DocType", {"module": "Routine"}, pluck="name"),):
			fields[doctype] = [
				(f.fieldname, f.fieldtype, f.options, f.hidden, f.label and frappe._(f.label, lang="sv"))
				for f in frappe.get_meta(doctype).fields
			]
		words = frappe.translate.get_all_translations("sv")
	return fields, lambda text: words.get(text, text)


def recorded(doc, metas, names):
	"""What a person must find on paper of a document or row: (where, text), put down without a look at the code that prints."""
	fields, in_swedish = metas
	for name, kind, options, hidden, label in fields[doc["doctype"]]:
		value = doc.get(name)
		if kind == "Table":
			for row in value or []:
				yield from recorded(row, metas, names)
		if kind in LAYOUT or (hidden and name != "workflow_state") or value in (None, "", 0):
			continue
		if name == "summary" or (doc["doctype"] == "Incident Step" and name in ("step", "title")):
			continue  # the same once more, for the screen
		if kind == "Check":
			if name != "late_report":
				yield name, label + ("" if label.endswith("?") else ":") + "Ja"
			continue
		if kind == "Datetime":
			value = value[:16]
		elif kind == "Select" or options in ("Role", "Workflow State", "Incident Category"):
			value = in_swedish(value)
		if doc["doctype"] == "Incident Step" and name == "responsible_role":
			value = names[doc["step"]]
		elif options == "Elected Representative":
			value = names[value]
		if doc["doctype"] == "Incident Step" and name == "due_on" and doc["status"] != "Waiting":
			continue
		if doc["doctype"] != "Incident Step":
			value = f"{label}{'' if label.endswith('?') else ':'} {value}"
		yield name, value


@pytest.fixture(scope="module")
def names(stack):
	with site(stack):
		found = dict(frappe.get_all("Routine Step", fields=["name", "responsible_text"], as_list=True))
		found |= dict(frappe.get_all("Elected Representative", fields=["name", "full_name"], as_list=True))
	return found


def missing(paper, doc, metas, names):
	found = list(recorded(doc, metas, names))
	assert len(found) > 5
	return [(name, value) for name, value in found if not paper.says(value)]


@pytest.mark.parametrize("stage", ("reported", "requested", "filed"))
def test_every_field_of_the_record_is_on_the_paper(world, metas, names, stage):
	case = world.case(
		stage,
		what_happened=f"{LETTERS}\n\nAndra stycket {secrets.token_hex(4)}.",
		place="Torget",
		channel="Telefon",
	)
	dossier = printed(world.officer, "Incident", case.name, DOSSIER)
	for document in case.whole():
		assert missing(dossier, document, metas, names) == []
	checklist = printed(world.officer, "Incident", case.name, CHECKLIST)
	for step in case.stored()["steps"]:
		assert missing_in_row(checklist, step, metas, names) == []


def missing_in_row(paper, row, metas, names):
	return [(name, value) for name, value in recorded(row, metas, names) if not paper.says(value)]


def test_a_whole_case_is_on_the_paper_with_every_row(world, closed, metas, names):
	dossier = printed(world.exposed, "Incident", closed.name)
	documents = closed.whole()
	assert {document["doctype"] for document in documents} == {"Incident", "Police Report", "Follow-up"}
	for document in documents:
		assert missing(dossier, document, metas, names) == []
	report = closed.stored("Police Report")
	assert (
		missing(printed(world.director, "Police Report", report["name"], BASIS), report, metas, names) == []
	)
	follow_up = closed.stored("Follow-up")
	paper = printed(world.strategist, "Follow-up", follow_up["name"], FOLLOW_UP)
	assert missing(paper, follow_up, metas, names) == []
	# Nothing is on it as code.
	assert "{{" not in dossier.text and "&lt;" not in dossier.text


def test_what_is_checked_above_can_be_missed(world, closed, metas, names):
	"""The comparison finds what is not there."""
	paper = printed(world.director, "Police Report", closed.stored("Police Report")["name"], BASIS)
	assert len(missing(paper, closed.stored(), metas, names)) > 10


def test_the_checklist_is_the_paper_routine_s_table_on_one_page(world, closed):
	checklist = printed(world.officer, "Incident", closed.name, CHECKLIST)
	assert len(checklist.pages) == 1
	rows = closed.stored()["steps"]
	assert len(rows) == 19
	at = [checklist.text.find(unspaced(row["action"])) for row in rows]
	assert -1 not in at and at == sorted(at), "word for word, and in the routine's order"


def test_the_basis_says_what_the_routine_requires_and_fits_one_page(world):
	report = world.case("requested").stored("Police Report")
	paper = printed(world.director, "Police Report", report["name"])
	assert len(paper.pages) == 1
	assert paper.says("Jag begär att polisanmälan blir åtkomstskyddad.")
	assert paper.says("Händelsen har koppling till den utsattes politiska uppdrag.")


# --- the paper itself


@pytest.fixture(scope="module")
def long(world):
	"""A case with more text than one page holds, a word as long as a line, and many rows."""
	text = "\n".join(f"{number}. {LETTERS} " + "Vi vet var du bor. " * 12 for number in range(45))
	case = world.case("assessment", what_happened=text, evidence_note="W" * 700, place="Ö" * 140)
	rows = [assessment(assessment=f"Bedömning {number}. " + "Allvarligt. " * 30) for number in range(25)]
	return case.write("officer", assessments=rows)


@pytest.mark.parametrize("format", (DOSSIER, CHECKLIST))
def test_every_page_says_which_case_who_printed_it_when_and_which_page_it_is(world, long, format):
	paper = printed(world.officer, "Incident", long.name, format)
	assert (len(paper.pages) > 3) is (format == DOSSIER)
	for number, page in enumerate(paper.pages, 1):
		foot = FOOT.search(page)
		assert foot, page
		assert (foot[1], foot[2]) == (long.name, world.officer.signature)
		age = datetime.fromisoformat(now()) - datetime.fromisoformat(foot[3])
		assert age.total_seconds() < 600
		assert (int(foot[4]), int(foot[5])) == (number, len(paper.pages))


def test_long_texts_are_whole_and_nothing_runs_off_the_paper(world, long, metas, names):
	paper = printed(world.officer, "Incident", long.name)
	assert missing(paper, long.stored(), metas, names) == []
	for picture in paper.pictures():
		assert picture.width / picture.height == pytest.approx(210 / 297, abs=0.01)
		margin = picture.width * 8 // 210  # millimetres
		for strip in (
			(0, 0, margin, picture.height),
			(picture.width - margin, 0, picture.width, picture.height),
		):
			assert picture.crop(strip).getextrema() == ((255, 255),) * 3, "ink in the margin"
		red, green, blue = picture.split()
		assert red.tobytes() == green.tobytes() == blue.tobytes(), "told by colour"
		assert min(red.getdata()) < 60, "an empty page"


def test_a_screen_reader_finds_headings_tables_and_the_language(world, closed):
	root = printed(world.officer, "Incident", closed.name).reader.trailer["/Root"]
	assert root["/MarkInfo"]["/Marked"]
	assert root["/Lang"] == "sv"
	kinds = set()

	def walk(element):
		element = element.get_object()
		if isinstance(element, list):
			for child in element:
				walk(child)
		elif isinstance(element, dict):
			kinds.add(element.get("/S"))
			walk(element.get("/K", 0))

	walk(root["/StructTreeRoot"])
	assert {"/H1", "/H2", "/H3", "/Table", "/TH", "/TD", "/L"} <= kinds


def test_every_paper_says_of_itself_what_a_screen_reader_needs(world, closed):
	"""PDF/UA-1 (ISO 14289-1) as far as the file itself tells: what it conforms to, its language, its title, tags and their order."""
	copy = world.officer.create("Masked Copy", incident=closed.name, grounds="x").json()["data"]["name"]
	report, follow_up = (closed.stored(doctype)["name"] for doctype in ("Police Report", "Follow-up"))
	for doctype, name, format in (
		("Incident", closed.name, DOSSIER),
		("Incident", closed.name, CHECKLIST),
		("Police Report", report, BASIS),
		("Follow-up", follow_up, FOLLOW_UP),
		("Masked Copy", copy, MASKED),
	):
		reader = printed(world.officer, doctype, name, format).reader
		root = reader.trailer["/Root"]
		assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "sv", format
		assert root["/ViewerPreferences"]["/DisplayDocTitle"], format
		assert reader.metadata["/Title"] == f"{format} {closed.name}"
		told = root["/Metadata"].get_object().get_data().decode()
		assert re.search(r"pdfuaid:part(=\"|>)1", told), format
		assert root["/StructTreeRoot"]["/K"] and root["/StructTreeRoot"]["/ParentTree"], format
		assert all(page["/Tabs"] == "/S" and "/StructParents" in page for page in reader.pages), format
		# Every font can be read aloud, and comes with the file.
		for page in reader.pages:
			for font in page["/Resources"]["/Font"].values():
				assert "/ToUnicode" in font.get_object(), format


def test_settings_for_other_papers_do_not_spoil_these(world, closed, stack):
	with site(stack):
		head = frappe.get_doc({"doctype": "Letter Head", "letter_head_name": "Prov", "content": "brevhuvudprov", "is_default": 1}).insert()  # fmt: skip
		frappe.db.set_single_value("Print Settings", {"pdf_page_size": "Letter", "with_letterhead": 1})
		frappe.db.commit()
	try:
		paper = printed(world.officer, "Incident", closed.name, letterhead="Prov", no_letterhead="0")
		page = ask("page", "/printview", doctype="Incident", name=closed.name).send(world.officer.desk).text
	finally:
		with site(stack):
			frappe.delete_doc("Letter Head", head.name)
			frappe.db.set_single_value("Print Settings", {"pdf_page_size": "A4", "with_letterhead": 1})
			frappe.db.commit()
	box = paper.reader.pages[0].mediabox
	assert (round(box.width), round(box.height)) == (595, 842)
	assert "brevhuvudprov" not in paper.text + page and closed.name in page


# --- each reader their own part


@pytest.fixture(scope="module")
def apart(world):
	"""A case with a word of its own in each of its documents, and the words."""
	words = {kind: f"ord{secrets.token_hex(6)}" for kind in ("Incident", "Police Report", "Follow-up")}
	case = world.case("requested", what_happened=words["Incident"])
	case.write("strategist", "Police Report", what_happened=words["Police Report"])
	case.write("officer", "Follow-up", conversations=[{"held_on": now(), "with_whom": "A", "notes": words["Follow-up"]}])  # fmt: skip
	return case, words


ALL = {"Incident", "Police Report", "Follow-up"}
# Who -> what they find of the case in any paper of it. Nobody else is let in at all.
SEES = {
	"officer": ALL,
	"deputy": ALL,
	"exposed": ALL,
	"strategist": ALL,
	"director": {"Police Report"},
}


def papers(case):
	"""Requests for every paper of a case by every way, honest and not."""
	for document in case.whole():
		doctype, name = document["doctype"], document["name"]
		# What a browser says of a document is not what is stored.
		forged = {
			"doctype": doctype,
			"name": name,
			"incident": case.name,
			"police_report": case.stored()["police_report"],
			"follow_up": case.stored()["follow_up"],
		}
		for format in (DOSSIER, CHECKLIST, BASIS, FOLLOW_UP, MASKED, "Standard", "finns inte", None):
			yield doctype, method(DOWNLOAD, doctype=doctype, name=name, format=format)
			yield doctype, ask("page", "/printview", doctype=doctype, name=name, format=format)
			yield doctype, method("frappe.www.printview.get_html_and_style", doc=doctype, name=name, print_format=format)  # fmt: skip
			yield doctype, method("frappe.www.printview.get_html_and_style", doc=forged, print_format=format)


# A paper that is made takes seconds. Of those who read all of a case one has each paper made by every name; the others have the
# dossier made, and in `make drill` each.
FEW_MADE = ("exposed", "strategist")
PAPERS_ASKED = [
	*((reader, True) for reader in ("officer", "director", "proxy", "foreign_officer", "stranger", "manager", "administrator", "auditor")),
	*((reader, False) for reader in FEW_MADE),
	*(pytest.param(reader, True, marks=pytest.mark.drill) for reader in FEW_MADE),
]  # fmt: skip


@pytest.mark.parametrize(("reader", "each"), PAPERS_ASKED)
def test_no_paper_shows_another_circle_s_part(world, apart, reader, each):
	case, words = apart
	found = set()
	for doctype, request in papers(case):
		if not (each or request.channel != DOWNLOAD or ("format", DOSSIER) in request.params):
			continue
		answer = request.send(world.people[reader].desk)
		everything = Paper(answer.content).everything if answer.content.startswith(b"%PDF") else answer.text
		shown = {kind for kind, word in words.items() if word in everything}
		assert shown <= SEES.get(reader, set()), f"{request.channel} {request.params}"
		if doctype not in SEES.get(reader, ()):
			assert answer.status_code in (403, 404), f"{request.channel} {request.params}"
		found |= shown
	assert found == SEES.get(reader, set()), "and their own part is there"


def test_a_proxy_prints_the_report_and_not_the_follow_up(world):
	word = f"ord{secrets.token_hex(6)}"
	answer = world.proxy.report(world.representatives["exposed"], what_happened=word)
	case = answer.json()["data"]["name"]
	world.people["officer"].read("Incident", case)
	paper = printed(world.proxy, "Incident", case)
	assert paper.says(word) and not paper.says("Uppföljning U-")


def test_a_paper_s_file_holds_nothing_but_the_paper(world, apart):
	case, _words = apart
	paper = printed(world.director, "Police Report", case.stored()["police_report"])
	root = paper.reader.trailer["/Root"]
	for hidden in ("/OCProperties", "/AcroForm", "/OpenAction", "/AA", "/Names", "/AF"):
		assert hidden not in root, hidden
	assert not any("/Annots" in page for page in paper.reader.pages)
	assert set(paper.reader.metadata) <= {"/Title", "/Producer"}
	assert paper.reader.metadata["/Title"] == f"{BASIS} {case.name}"


def test_code_in_a_text_is_text(world, stack):
	case = world.case()
	code = "<b>fet</b><img src=/api/method/ping><style>.paper{display:none}</style>{{ 7*7 }}"
	with site(stack):
		frappe.db.set_value("Incident", case.name, "what_happened", code)
		frappe.db.commit()
	assert printed(world.officer, "Incident", case.name).says(code)
	page = ask("page", "/printview", doctype="Incident", name=case.name).send(world.officer.desk).text
	assert "<b>fet" not in page and "&lt;b&gt;fet" in page


# --- printing is reading


def readings(stack, case, person):
	with site(stack):
		rows = frappe.get_all("Incident Access Log", filters={"case_name": case.name, "user": person.user}, fields=["document", "way"])  # fmt: skip
	return sorted((row.document, row.way) for row in rows)


def test_each_document_on_the_paper_has_its_row_and_no_other(world, stack):
	case = world.case("requested")
	documents = {document["name"] for document in case.whole()}
	before = readings(stack, case, world.deputy)
	printed(world.deputy, "Incident", case.name, DOSSIER)
	assert readings(stack, case, world.deputy) == sorted([*before, *((name, "PDF") for name in documents)])
	before = readings(stack, case, world.deputy)
	printed(world.deputy, "Incident", case.name, CHECKLIST)
	assert readings(stack, case, world.deputy) == sorted([*before, (case.name, "PDF")])


def test_the_print_button_gives_the_paper(world, stack):
	case = world.case("requested")
	report = case.stored()["police_report"]
	for person, doctype, name in (
		(world.deputy, "Incident", case.name),
		(world.director, "Police Report", report),
		(world.deputy, "Follow-up", case.stored()["follow_up"]),
	):
		path = f"/printview?doctype={doctype.replace(' ', '%20')}&name={name}&trigger_print=1&format=Standard&no_letterhead=1&letterhead=&settings=%7B%7D&_lang=sv"
		answer = person.desk.get(path)
		assert answer.status_code == 200 and Paper(answer.content).pages
		assert (name, "PDF") in readings(stack, case, person)


def test_looking_and_then_printing_is_one_row_for_each_way(world, stack):
	"""The button in the print view asks for the view once more, and is led on to the file."""
	case = world.case("requested")
	documents = {document["name"] for document in case.whole()}
	before = readings(stack, case, world.deputy)
	method(
		"frappe.www.printview.get_html_and_style", doc="Incident", name=case.name, print_format=DOSSIER
	).send(world.deputy.desk)
	path = f"/printview?doctype=Incident&name={case.name}&trigger_print=1&format={DOSSIER}&no_letterhead=1&letterhead=&settings=%7B%7D&_lang=sv"
	assert Paper(world.deputy.desk.get(path).content).pages
	new = [(name, way) for name in documents for way in ("PDF", "Print")]
	assert readings(stack, case, world.deputy) == sorted([*before, *new])
	printed(world.deputy, "Incident", case.name, DOSSIER)
	assert readings(stack, case, world.deputy).count((case.name, "PDF")) == 2, "another file is another row"


# --- the exposed person's own copy


def test_the_exposed_person_takes_home_all_of_their_case(world, closed, metas, names, stack):
	paper = Paper(method(EXPORT, name=closed.name).send(world.exposed.desk).content)
	answer = method(EXPORT, name=closed.name, kind="json").send(world.exposed.desk)
	assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
	exported = {document["name"]: document for document in json.loads(answer.content)}
	for document in closed.whole():
		assert missing(paper, document, metas, names) == []
		copy = exported[document["name"]]
		assert filled({key: copy[key] for key in document}) == filled(document)
	assert {(document["name"], "Export") for document in closed.whole()} <= set(
		readings(stack, closed, world.exposed)
	)


def filled(value):
	"""A document without what is empty in it."""
	if isinstance(value, list):
		return [filled(one) for one in value]
	if isinstance(value, dict):
		return {key: filled(one) for key, one in value.items() if one is not None}
	return value


def test_files_and_comments_are_in_the_data(world):
	case = world.case()
	world.officer.desk.post("/api/method/upload_file", data={"doctype": "Incident", "docname": case.name, "is_private": "1"}, files={"file": ("brev.txt", b"Ett brev")})  # fmt: skip
	method("frappe.desk.form.utils.add_comment", reference_doctype="Incident", reference_name=case.name, content="ring mig", comment_email=world.officer.user, comment_by=world.officer.name).send(world.officer.desk)  # fmt: skip
	incident = next(
		document
		for document in json.loads(
			method(EXPORT, name=case.name, kind="json").send(world.exposed.desk).content
		)
		if document["doctype"] == "Incident"
	)
	assert [file["file_name"] for file in incident["files"]] == ["brev.txt"]
	assert any("ring mig" in comment["content"] for comment in incident["comments"])


def test_the_files_themselves_can_be_taken_home(world, stack):
	"""With the paper and the data beside them."""
	case = world.case()
	for content in (b"Ett brev", b"\x89PNG\r\n\x1a\n\x00\xff"):
		sent = world.officer.desk.post("/api/method/upload_file", data={"doctype": "Incident", "docname": case.name, "is_private": "1"}, files={"file": ("brev åäö.txt" if content[0] < 128 else "bild.png", content)})  # fmt: skip
		assert sent.status_code == 200, said(sent)
	answer = method(EXPORT, name=case.name, kind="zip").send(world.exposed.desk)
	assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
	archive = zipfile.ZipFile(io.BytesIO(answer.content))
	assert archive.testzip() is None
	assert set(archive.namelist()) == {
		f"{case.name}.pdf",
		f"{case.name}.json",
		f"{case.name}/1 brev åäö.txt",
		f"{case.name}/2 bild.png",
	}
	assert archive.read(f"{case.name}/1 brev åäö.txt") == b"Ett brev"
	assert archive.read(f"{case.name}/2 bild.png") == b"\x89PNG\r\n\x1a\n\x00\xff"
	assert Paper(archive.read(f"{case.name}.pdf")).says(case.name)
	assert {document["name"] for document in json.loads(archive.read(f"{case.name}.json"))} == {
		document["name"] for document in case.whole()
	}


def test_nobody_else_takes_a_case_home_and_the_attempt_is_no_reading(world, apart, stack):
	case, words = apart
	for role, person in world.everybody_but("exposed").items():
		before = readings(stack, case, person)
		for kind in ("pdf", "json", "zip"):
			answer = ask(EXPORT, f"/api/method/{EXPORT}", name=case.name, kind=kind).send(person.desk)
			assert answer.status_code == 403, role
			assert not any(word in answer.text for word in words.values())
		assert readings(stack, case, person) == before, role
	no_such = ask(EXPORT, f"/api/method/{EXPORT}", name="H-ZZZZ-ZZZZ").send(world.exposed.desk)
	assert no_such.status_code == 403


# --- a masked copy


@pytest.fixture
def masked(world):
	"""A case with words to blank, and a masked copy of it made by the officer."""
	words = {name: f"ord{secrets.token_hex(5)}" for name in ("name", "phone", "place", "kept")}
	case = world.case(
		"police contacted",
		what_happened=f"Jag mötte {words['name'].upper()}\nÅkesson. {words['kept']}",
		place=words["place"],
		contact_phone="0700-111222",
	)
	answer = world.officer.create("Masked Copy", incident=case.name, grounds="OSL 21 kap. 3 §")
	assert answer.status_code == 200, said(answer)
	return case, words, answer.json()["data"]


def mark(person, doc, texts=(), words=""):
	"""Tick the parts with these texts, write the words, and save."""
	doc = person.read("Masked Copy", doc["name"])
	for row in doc["parts"]:
		row["blank"] = int(row["text"] in texts)
	return person.save(doc | {"words": words})


def test_what_is_blanked_is_gone_from_the_file(world, masked):
	case, words, copy = masked
	whole = printed(world.officer, "Masked Copy", copy["name"])
	for word in (words["name"].upper(), words["place"], words["kept"], "0700-111222"):
		assert word in whole.everything
	answer = mark(
		world.officer, copy, texts=(words["place"], "0700-111222"), words=f"{words['name']} Åkesson\n"
	)
	assert answer.status_code == 200, said(answer)
	views = [
		ask("page", "/printview", doctype="Masked Copy", name=copy["name"], format=format)
		for format in (None, MASKED)
	]
	unblanked = world.officer.read("Masked Copy", copy["name"])
	for row in unblanked["parts"]:
		row["blank"] = 0
	views.append(
		method("frappe.www.printview.get_html_and_style", doc=unblanked | {"words": ""}, print_format=MASKED)
	)
	files = [printed(world.officer, "Masked Copy", copy["name"], format) for format in (None, MASKED)]
	for held in [file.everything for file in files] + [view.send(world.officer.desk).text for view in views]:
		for word in (words["name"], words["name"].upper(), "Åkesson", words["place"], "0700-111222"):
			assert word not in held
	assert files[0].says(f"Jag mötte [Maskerat]. {words['kept']}")
	assert files[0].text.count("[Maskerat]") == 3
	assert files[0].says("OSL 21 kap. 3 §") and case.name in files[0].pages[0]


@pytest.mark.parametrize("format", ("Standard", DOSSIER, FOLLOW_UP, "finns inte"))
def test_a_masked_copy_is_printed_on_its_own_paper_only(world, masked, format):
	"""A format that shows a document field by field would show what is blanked in it."""
	_case, words, copy = masked
	unblanked = world.officer.read("Masked Copy", copy["name"])
	for request in (
		method(DOWNLOAD, doctype="Masked Copy", name=copy["name"], format=format),
		ask("page", "/printview", doctype="Masked Copy", name=copy["name"], format=format),
		method(
			"frappe.www.printview.get_html_and_style",
			doc="Masked Copy",
			name=copy["name"],
			print_format=format,
		),
		method("frappe.www.printview.get_html_and_style", doc=unblanked, print_format=format),
		None,
	):
		# Last of all the print button, which leads on to the file.
		button = f"/printview?doctype=Masked%20Copy&name={copy['name']}&trigger_print=1&format={format}"
		answer = request.send(world.officer.desk) if request else world.officer.desk.get(button)
		assert answer.status_code in (403, 404), request and request.params
		assert not any(word in answer.text or word.upper() in answer.text for word in words.values())
	assert "Maskerad kopia skrivs bara ut på sitt eget papper." in said(
		method(DOWNLOAD, doctype="Masked Copy", name=copy["name"], format=DOSSIER).send(world.officer.desk)
	)


def test_a_copy_stays_as_it_was_given_out(world, masked):
	case, words, copy = masked
	case.write("officer", place="Annan plats")
	paper = printed(world.officer, "Masked Copy", copy["name"])
	assert paper.says(words["place"]) and not paper.says("Annan plats")


def test_a_word_that_is_nowhere_is_told(world, masked):
	_case, _words, copy = masked
	assert "finnsinte" in said(mark(world.officer, copy, words="finnsinte"))


def test_the_officer_and_the_strategist_make_one_and_nobody_else_does(world, apart):
	case, words = apart
	for role, person in world.people.items():
		answer = person.create("Masked Copy", incident=case.name, grounds="x")
		assert (answer.status_code == 200) is (role in ("officer", "deputy", "strategist")), role
		if answer.status_code != 200:
			assert not any(word in answer.text for word in words.values())
			assert answer.status_code in (403, 417)
	uncontacted = world.case("assessment")
	assert world.strategist.create("Masked Copy", incident=uncontacted.name, grounds="x").status_code == 403


def test_its_circle_reads_it_and_only_those_who_make_one_mark(world, masked):
	_case, words, copy = masked
	for role, person in world.people.items():
		reads = role in ("officer", "deputy", "exposed", "strategist")
		assert person.may_read("Masked Copy", copy["name"]) is reads, role
		assert person.sees("Masked Copy", copy["name"]) is reads, role
		answer = person.put("Masked Copy", copy["name"], words=f"{role}ord")
		assert (answer.status_code == 200) is (role in ("officer", "deputy", "strategist")), role
	stored = world.officer.read("Masked Copy", copy["name"])
	assert stored["words"] == "strategistord"


def test_the_parts_are_the_record_s(world, masked):
	"""What stands in a copy is not written, added or left out by hand: it is shown, or blanked."""
	case, _words, copy = masked
	for change in (
		lambda doc: doc["parts"][0].update(text="annat"),
		lambda doc: doc["parts"].pop(),
		lambda doc: doc["parts"].append({"doctype": "Masked Copy Part", "blank": 1}),
		lambda doc: doc.update(incident="H-ZZZZ-ZZZZ"),
		lambda doc: doc.update(made_by="Annan"),
	):
		doc = world.officer.read("Masked Copy", copy["name"])
		change(doc)
		assert world.officer.save(doc).status_code in (403, 417)
	stored = world.officer.read("Masked Copy", copy["name"])
	assert [row["text"] for row in stored["parts"]] == [row["text"] for row in copy["parts"]]
	assert (stored["incident"], stored["made_by"]) == (case.name, world.officer.signature)
	planted = world.officer.create(
		"Masked Copy", incident=case.name, grounds="x", parts=[{"text": "påhittat"}]
	)
	assert "påhittat" not in planted.text


# --- at a screen


@pytest.mark.parametrize("size", (DESKTOP, PHONE), ids=("desktop", "phone"))
@pytest.mark.parametrize("who", ("officer", "director", "exposed"))
def test_the_print_view_shows_the_paper(world, browser, stack, apart, screenshots, who, size):
	case, words = apart
	doctype = "Police Report" if who == "director" else "Incident"
	name = case.stored()["police_report"] if who == "director" else case.name
	person = world.people[who]
	screen = Screen(browser, stack.url, size)
	try:
		screen.enter(new_session(stack, person.user), f"/app/print/{doctype}/{name}")
		paper = screen.page.frame_locator(".print-format-container")
		paper.locator(".paper h1").first.wait_for()
		text = paper.locator(".paper").inner_text()
		assert {kind for kind, word in words.items() if word in text} == SEES[who]
		assert name in text and person.name in text
		screen.rest().page.screenshot(
			path=screenshots / f"print-{who}-{'phone' if size is PHONE else 'desktop'}.png"
		)
		assert screen.errors == []
	finally:
		screen.close()


def test_the_exposed_person_finds_their_copy_in_the_form(world, browser, stack, apart):
	case, _words = apart
	screen = Screen(browser, stack.url, DESKTOP).enter(new_session(stack, world.exposed.user))
	try:
		screen.open("Incident", case.name)
		links = screen.field("export_help").locator("a")
		assert [link.get_attribute("href") for link in links.all()] == [
			f"/api/method/{EXPORT}?name={case.name}",
			f"/api/method/{EXPORT}?name={case.name}&kind=json",
			f"/api/method/{EXPORT}?name={case.name}&kind=zip",
		]
		assert "Allt som står i ditt ärende" in screen.field("export_help").inner_text()
	finally:
		screen.close()


def test_there_is_no_paper_of_anything_but_a_case(world):
	user = world.people["administrator"].user
	answer = method(DOWNLOAD, doctype="User", name=user, format="Standard").send(
		world.people["administrator"].desk
	)
	assert answer.status_code == 403 and "bara av ärenden" in said(answer), answer.text[:300]
