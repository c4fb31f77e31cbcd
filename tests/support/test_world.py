"""What the tests rest on: a case that is copied is the case that was played."""

import re
from difflib import ndiff

import pytest
from copied_case import CODE, insert_copy, rows_of
from world import Case

TIME = re.compile(
	r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?|\w{3}, \d+ \w{3} \d{4} [\d:]{8} [+-]\d{4}|\b\d{1,2}[:.]\d\d\b"
)
CHANCE = re.compile(r"\b(?:[0-9a-z]{8}|[0-9a-z]{10}|[0-9a-f]{32}|[0-9]{12,})\b")


def as_it_stands(rows):
	"""All rows without what differs from one case to the next: codes, names given by chance, and the minute in which it was."""

	def plain(value):
		text = CODE.sub("CODE", str(value))
		return CHANCE.sub("CHANCE", TIME.sub("TIME", text))

	return {
		table: sorted(
			re.sub(
				r"\S+@(copied|\S*localhost)",
				"ADDRESS",
				str({key: plain(value) for key, value in row.items()}),
			)
			for row in found
		)
		for table, found in rows.tables.items()
	}


@pytest.mark.parametrize("stage", ("reported", "filed"))
def test_a_copied_case_is_as_one_that_was_played(world, stack, stage):
	played, again = (rows_of(stack, world.play(stage).name) for _twice in range(2))
	name = insert_copy(stack, played)
	copied = rows_of(stack, name)
	assert len(played.tables) >= 6 and not played.names() & copied.names()
	# As alike as two that were played.
	wanted = as_it_stands(again)
	for found in (as_it_stands(played), as_it_stands(copied)):
		assert found.keys() == wanted.keys()
		for table, rows in wanted.items():
			for one, other in zip(found[table], rows, strict=True):
				assert one == other, "\n".join(ndiff([one], [other]))
	# Whoever goes on with it notices nothing.
	case = Case(world, name, stage=stage)
	assert case.whole() and world.strategist.may_read("Incident", name) is (stage == "filed")
	if stage == "reported":
		assert case.reach("consultation").state == "Police Consultation"
