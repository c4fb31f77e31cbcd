"""Evidence: private, of harmless kinds, of a bounded size, read by the case's circle, and bound to its case."""

import io
import re
from zipfile import ZipFile

import pytest
from attack import ask, method
from uploads import attach
from world import said

OUTSIDERS = ("foreign_officer", "stranger", "director", "manager", "administrator", "auditor")


@pytest.fixture(scope="module")
def case(world):
	return world.case()


@pytest.fixture(scope="module")
def letter(world, case):
	answer = attach(world.exposed, case, "hotbrev.txt", b"Vi vet var du bor 7361")
	assert answer.status_code == 200, answer.text
	return answer.json()["message"]


def test_a_file_that_is_not_private_is_refused(world, case):
	answer = attach(world.exposed, case, is_private="0")
	assert answer.status_code == 417 and "alltid privat" in said(answer), answer.text[:500]


@pytest.mark.parametrize(
	("name", "content"),
	[
		("virus.exe", b"MZ\x90\x00"),
		("bild.jpg", b"MZ\x90\x00"),
		("skript.sh", b"#!/bin/sh\n"),
		("brev.txt", b"#!/bin/sh\n"),
		("brev.pdf", b"\x7fELF"),
		("sida.html", b"<html></html>"),
		("bild.svg", b"<svg onload=alert(1)>"),
		("bild.png", b"  <SCRIPT>alert(1)</SCRIPT>"),
		("utan", b"text"),
		("dubbel.jpg.js", b"alert(1)"),
	],
)
def test_what_a_computer_would_run_is_refused_and_says_what_to_do(world, case, name, content):
	answer = attach(world.exposed, case, name, content)
	assert answer.status_code in (403, 417), answer.text[:500]
	assert "kan inte bifogas" in said(answer) or "kan bifogas" in said(answer), said(answer)


def test_a_file_that_is_too_large_is_refused_in_words_that_help(world, case):
	answer = attach(world.exposed, case, "film.mp4", b"\0" * (26 * 1024 * 1024))
	assert answer.status_code in (413, 417), answer.text[:300]


def test_the_circle_reads_the_file_and_nobody_else_by_its_url(world, case, letter):
	for reader in ("exposed", "officer", "deputy"):
		assert "7361" in ask("url", letter["file_url"]).send(world.people[reader].desk).text
	for reader in OUTSIDERS:
		for request in (
			ask("url", letter["file_url"]),
			ask("url", letter["file_url"].upper().replace("/PRIVATE/FILES", "/private/files")),
			method("download_file", file_url=letter["file_url"]),
			method("frappe.utils.file_manager.download_file", file_url=letter["file_url"]),
			method("frappe.core.api.file.zip_files", files=[letter["name"]]),
			ask("document", f"/api/resource/File/{letter['name']}"),
		):
			answer = request.send(world.people[reader].desk)
			assert answer.status_code >= 400 and "7361" not in answer.text, (
				f"{reader} {request.channel}: {answer.status_code}"
			)


def test_a_file_cannot_be_pointed_at_from_elsewhere(world, case, letter):
	other = world.case(exposed="stranger")
	pointing = {"file_url": letter["file_url"], "file_name": "hotbrev.txt", "is_private": 1}
	for who, place in (
		("stranger", {"attached_to_doctype": "Incident", "attached_to_name": other.name}),
		("stranger", {}),
		("exposed", {}),
		("officer", {"attached_to_doctype": "User", "attached_to_name": world.officer.user}),
	):
		answer = world.people[who].create("File", **pointing, **place)
		assert answer.status_code in (403, 417), f"{who}: {answer.text[:300]}"
	# Nor moved, by those who may read it.
	for change in (
		{"attached_to_name": other.name},
		{"attached_to_doctype": "User", "attached_to_name": world.officer.user},
		{"is_private": 0},
	):
		answer = world.officer.put("File", letter["name"], **change)
		assert answer.status_code in (403, 417), answer.text[:300]
	assert ask("url", letter["file_url"]).send(world.exposed.desk).status_code == 200


def test_the_same_content_in_another_case_tells_nothing_of_the_first(world, case, letter):
	other = world.case(exposed="stranger")
	answer = attach(world.stranger, other, "mitt.txt", b"Vi vet var du bor 7361")
	assert answer.status_code == 200, answer.text[:300]
	assert answer.json()["message"]["file_url"] != letter["file_url"]
	assert "hotbrev" not in answer.text
	for owner, url in (("stranger", answer.json()["message"]["file_url"]), ("exposed", letter["file_url"])):
		assert ask("url", url).send(world.people[owner].desk).status_code == 200


def upload(person, name, content, **place):
	answer = person.desk.post(
		"/api/method/upload_file", data={"is_private": "1", **place}, files={"file": (name, content)}
	)
	assert answer.status_code == 200, answer.text[:300]
	return answer.json()["message"]


def test_nobody_learns_by_an_upload_that_a_case_has_a_file_of_that_name(world, case):
	"""Nor by a public file, which goes where the cases' files are."""
	person, names = world.manager, ("granatbrev.txt", "granatbrev9.txt")
	assert attach(world.exposed, case, names[0], b"Vi vet 7362").status_code == 200
	told = [upload(person, name, name.encode()) for name in names]
	assert tuple(file["file_name"] for file in told) == names
	stored = [re.fullmatch(r"/private/files/(\w+)-[0-9a-f]{20}\.txt", file["file_url"]) for file in told]
	assert [match[1] for match in stored] == ["granatbrev", "granatbrev9"]
	moved = upload(person, names[0], b"annat", is_private="0")
	assert moved["is_private"] and moved["file_name"] == names[0]


def test_two_files_of_one_name_are_both_in_the_case_and_called_as_they_came(world, case):
	place = {"doctype": "Incident", "docname": case.name}
	files = [upload(world.exposed, "brev.txt", content, **place) for content in (b"ett 5501", b"annat 5502")]
	assert [file["file_name"] for file in files] == ["brev.txt"] * 2
	for file, content in zip(files, ("ett 5501", "annat 5502"), strict=True):
		assert ask("url", file["file_url"]).send(world.officer.desk).text == content
	bundle = method("hot_rutin.papers.export.export_case", name=case.name, kind="zip").send(
		world.exposed.desk
	)
	names = ZipFile(io.BytesIO(bundle.content)).namelist()
	assert len([name for name in names if name.endswith(" brev.txt")]) == 2, names


def test_the_library_lists_no_file_of_a_case_that_is_not_ones_own(world, case, letter):
	for reader in OUTSIDERS:
		for request in (
			ask("files", "/api/resource/File", fields='["*"]', limit_page_length="0"),
			method("frappe.core.api.file.get_files_by_search_text", text="hotbrev"),
			method("frappe.core.api.file.get_files_in_folder", folder="Home/Attachments", page_length="500"),
			method("frappe.client.get_count", doctype="File", filters={"file_name": ["like", "hotbrev%"]}),
			method("frappe.core.api.file.get_attached_images", doctype="Incident", names=[case.name]),
			method("frappe.desk.search.search_link", doctype="File", txt="hotbrev"),
		):
			answer = request.send(world.people[reader].desk)
			assert "hotbrev" not in answer.text, f"{reader} {request.channel}: {answer.text[:300]}"
			assert answer.status_code >= 400 or answer.json().get("message") != 1


def test_a_file_that_is_taken_away_leaves_the_disk(world, stack):
	case = world.case()
	told = attach(world.exposed, case, "misstag.txt", b"fel fil").json()["message"]
	stored = stack.sites / stack.site / told["file_url"].lstrip("/")
	assert stored.read_bytes() == b"fel fil"
	gone = method("frappe.desk.form.utils.remove_attach", dt="Incident", dn=case.name, fid=told["name"])
	assert gone.send(world.exposed.desk).ok
	assert not stored.exists()
