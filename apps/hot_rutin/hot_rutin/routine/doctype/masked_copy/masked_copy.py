import re
import unicodedata

import frappe
from frappe import _
from frappe.utils import now_datetime

from hot_rutin.case.document import CaseDocument
from hot_rutin.case.people import signature
from hot_rutin.case.validation import in_whole_seconds
from hot_rutin.papers.content import case_documents, paper_parts
from hot_rutin.papers.printing import refuse_foreign_format


class MaskedCopy(CaseDocument):
	"""Maskerad kopia: what is given to somebody who asks for public documents, and what is blanked in it, and why.

	It keeps the parts of the case as they were when it was made, so that it can tell later what was given out.
	"""

	def autoname(self):
		code = self.incident.removeprefix("H-")
		self.name = f"M-{code}-{frappe.db.count('Masked Copy', {'incident': self.incident}) + 1}"

	def before_insert(self):
		self.incident = frappe.db.get_value("Incident", self.incident or "", "name")
		if not self.incident:
			frappe.throw(
				_("Open the case, and choose Masked Copy under Connections there."), frappe.MandatoryError
			)
		self.made_on, self.made_by = in_whole_seconds(now_datetime()), signature()
		self.set("parts", [])
		incident = frappe.get_doc("Incident", self.incident)
		for document in case_documents(incident, "Incident", "Police Report", "Follow-up"):
			for part in paper_parts(document):
				self.append("parts", part)

	def validate_higher_perm_levels(self):
		"""A new one holds what the system has put into it; later, marks and grounds are what is written."""
		if not self.is_new():
			super().validate_higher_perm_levels()

	def validate_workflow(self):
		"""It has no workflow: whoever marks decides."""

	def validate(self):
		super().validate()
		before = self.get_doc_before_save()
		if before and [row.name for row in before.parts] != [row.name for row in self.parts]:
			frappe.throw(_("The parts stay as they are. Tick those that are to be blanked."))
		lost = [
			word
			for word in self.blanked_words()
			if not any(_pattern(word).search(_composed(row.text)) for row in self.parts)
		]
		if lost:
			frappe.msgprint(
				_("Found nowhere in the case: {0}. Spell it as in the text.").format(
					frappe.utils.escape_html(", ".join(lost))
				)
			)

	def before_print(self, _settings=None):
		"""Frappe's own print formats show a document field by field; this one's must not be shown so."""
		asked = frappe.form_dict.get("format") or frappe.form_dict.get("print_format")
		refuse_foreign_format(self, asked)

	def blanked_words(self) -> list[str]:
		"""Return what is blanked wherever it stands, longest first: a name before the part of it that is another's."""
		lines = [line.strip() for line in (self.words or "").splitlines()]
		return sorted(filter(None, lines), key=len, reverse=True)

	def sections(self) -> list[dict]:
		"""Return `heading` and `fields` as they are given out. What is blanked is replaced, and its length not told."""
		sections = []
		for row in self.parts:
			if not sections or sections[-1]["heading"] != row.heading:
				sections.append({"heading": row.heading, "fields": []})
			text = _("[Blanked]") if row.blank else self.without_words(row.text)
			sections[-1]["fields"].append({"label": row.label, "text": text, "is_long": row.is_long})
		return sections

	def without_words(self, text: str) -> str:
		text = _composed(text)
		for word in self.blanked_words():
			text = _pattern(word).sub(_("[Blanked]").replace("\\", r"\\"), text)
		return text


def _pattern(word):
	"""Return what finds a word or phrase whatever its case, and across the ends of lines; with the account of whoever signs by it."""
	words = r"\s+".join(map(re.escape, _composed(word).split()))
	return re.compile(rf"{words}(?:\s+\([^\s()]+@[^\s()]+\))?", re.IGNORECASE)


def _composed(text):
	# An å may be one character or two, which look the same.
	return unicodedata.normalize("NFC", text or "")
