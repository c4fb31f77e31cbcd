"""A printed paper as a reader has it, and as somebody with tools has it: its text page by page, its pictures, and all that the
file holds."""

import io
import re
import subprocess
from dataclasses import dataclass, field
from functools import cached_property

from attack import method
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import IndirectObject, StreamObject
from world import said

DOWNLOAD = "frappe.utils.print_format.download_pdf"

FOOT = re.compile(
	r"(H-\w{4}-\w{4}) · Utskrivet av (.+) (\d{4}-\d\d-\d\d \d\d:\d\d)\s+Sida (\d+) av (\d+)\s*\Z"
)


@dataclass
class Paper:
	"""A PDF."""

	content: bytes
	reader: PdfReader = field(init=False)

	def __post_init__(self):
		self.reader = PdfReader(io.BytesIO(self.content))

	@cached_property
	def pages(self):
		"""The text of each page in the order of the file, which keeps the lines of a cell together, and what stands at its foot."""
		text = subprocess.run(
			["pdftotext", "-raw", "-", "-"], input=self.content, capture_output=True, check=True
		)
		return text.stdout.decode().split("\f")[:-1]

	@cached_property
	def text(self):
		"""The text without spaces, and without what stands at the foot of each page: where lines break is not the record's."""
		return unspaced("".join(FOOT.sub("", page) for page in self.pages))

	def says(self, text):
		return unspaced(text) in self.text

	def pictures(self, resolution=50):
		"""Each page as it comes out of a printer, in colour if it has any."""
		answer = subprocess.run(
			["pdftoppm", "-r", str(resolution), "-"], input=self.content, capture_output=True, check=True
		)
		pictures, rest = [], answer.stdout
		while rest:
			picture = Image.open(io.BytesIO(rest))
			picture.load()
			pictures.append(picture)
			head = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", rest)
			rest = rest[head.end() + 3 * int(head[1]) * int(head[2]) :]
		return pictures

	@cached_property
	def everything(self):
		"""All that stands in the file: its text, its metadata, and every object, unpacked."""
		found = ["\n".join(self.pages), str(self.reader.metadata), self.content.decode("latin-1")]
		for number in range(1, len(self.reader.xref.get(0, {})) + len(self.reader.xref_objStm) + 1):
			thing = self.reader.get_object(IndirectObject(number, 0, self.reader))
			found.append(str(thing))
			if isinstance(thing, StreamObject):
				found.append(thing.get_data().decode("latin-1"))
		return "\n".join(found)


def unspaced(text):
	return re.sub(r"\s+", "", text)


def printed(person, doctype, name, format=None, called=DOWNLOAD, **params):
	answer = method(called, doctype=doctype, name=name, format=format, **params).send(person.desk)
	assert answer.status_code == 200, said(answer)
	assert answer.headers["Content-Type"] == "application/pdf"
	return Paper(answer.content)
