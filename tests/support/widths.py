"""How much a test of a wide product asks: in `make test` the ways take turns, in `make drill` each is gone with everything."""

import pytest

IN_TURN = pytest.mark.parametrize(
	"each", (False, pytest.param(True, marks=pytest.mark.drill)), ids=("in turn", "each")
)


def in_turn(ways, number, each):
	"""One of the ways, the next for each number, or with `each` all of them."""
	return ways if each else [ways[number % len(ways)]]
