"""The names of the cases' documents, and of what is kept beside them, as the database reads them."""

import functools
import re

import frappe

from hot_rutin import files
from hot_rutin.access import READERS, SHADOWS

CODE = "[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}"
NAME = re.compile(rf"\A(?:H-{CODE}|U-{CODE}|[PM]-{CODE}(?:-\d+)?)\Z", re.IGNORECASE)
DOCUMENT_OF = {"H": "Incident", "P": "Police Report", "U": "Follow-up", "M": "Masked Copy"}
ROW_ID = re.compile(r"\A[0-9a-z]{10}\Z")
PLAIN = "".join(map(chr, range(32, 127)))


def documents_behind(words: set[str]) -> set[str]:
	"""Return the names of the cases' documents to which files, comments, versions ... named in `words` belong."""
	ids = {word for word in words if ROW_ID.match(word)}
	urls = files.private_urls(words)
	found = set()
	documents = ", ".join(frappe.db.escape(document) for document in READERS)
	for shadow, (kind, name) in SHADOWS.items() if ids or urls else ():
		# Twice: where names are numbers, MariaDB holds any word that begins with digits for equal to one.
		wanted = ["(name in %(ids)s and concat(name, '') in %(ids)s)"] if ids else []
		if urls and shadow == "File":
			wanted.append("file_url in %(urls)s")
		if wanted:
			# Raw SQL: whoever asks, the case decides, right after this.
			rows = frappe.db.sql(
				f"select `{name}` from `tab{shadow}` where `{kind}` in ({documents}) and ({' or '.join(wanted)})",
				{"ids": tuple(ids), "urls": tuple(urls)},
			)
			found.update(row[0].upper() for row in rows if row[0] and NAME.match(row[0]))
	return found


@functools.cache
def _letters(collation: str) -> dict[str, str]:
	"""Return, by its weight in the database's order, each plain character."""
	# Raw SQL: only the database knows its own order; no table is read.
	weights = frappe.db.sql(
		"select " + ", ".join(f"hex(weight_string(%s collate {collation}))" for _letter in PLAIN),
		tuple(PLAIN),
	)[0]
	# Lower case last: it is the one to keep where both weigh the same.
	return dict(zip(weights, PLAIN, strict=True))


def spelled_plainly(words: set[str]) -> set[str]:
	"""Return what the database holds `words` for: to it `Ｈ`, `ħ` and `h` followed by something invisible are all `h`.

	So a name in disguise finds the document of that name, and is the same to the gate.
	"""
	disguised = [
		word
		for word in words
		if not (word.isascii() and word.isprintable())
		# No name is longer; a story is not looked into.
		and sum(letter.isascii() and letter.isalnum() for letter in word) <= 140
	]
	if not disguised:
		return set()
	# Raw SQL: only the database knows what it takes for equal.
	collation = frappe.db.sql("select @@collation_database")[0][0]
	letters = _letters(collation)
	# Raw SQL: as above; no table is read.
	weights = frappe.db.sql(
		"select " + ", ".join(f"hex(weight_string(%s collate {collation}))" for _word in disguised),
		tuple(disguised),
	)[0]
	return {
		"".join(letters.get(weight[at : at + 4], "?") for at in range(0, len(weight), 4)).strip().lower()
		for weight in weights
		if weight
	}
