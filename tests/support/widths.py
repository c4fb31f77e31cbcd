"""How much a test of a wide product asks: in `make test` the ways take turns, in `make drill` each is gone with everything."""

import pytest

IN_TURN = pytest.mark.parametrize(
	"each", (False, pytest.param(True, marks=pytest.mark.drill)), ids=("in turn", "each")
)


def in_turn(ways, number):
	"""One of the ways, the next for each number: as many numbers as there are ways meet all."""
	return [ways[number % len(ways)]]
