"""Which figures managers may read: pure functions, no site needed.

The threshold rule with primary and secondary suppression (Hundepool et al., *Handbook on Statistical Disclosure Control*,
ESSnet SDC, on cell suppression and on frequency tables), in a form that can be proven for one division of a known number
of cases: what is hidden includes, besides each cell from 1 to 4, the smallest of the others. Two divisions that differ
only in which hidden cell has which value are then published alike, so nobody can tell a small cell from a large one,
neither by the total nor by knowing this rule. `docs/permissions.md` tells what the attacker is taken to know.
"""

# The smallest number of cases that is shown.
THRESHOLD = 5

# A figure that is not shown. Zero is a figure.
HIDDEN = None


def protect(cells: dict[str, int]) -> dict[str, int | None]:
	"""Return the `cells` (number of cases in each) of one division, with `HIDDEN` where a figure is not shown.

	The cells divide all cases of a period, so that their total is known. If any cell holds 1 to 4 cases, every cell up to
	the smallest value of at least five is hidden; if none but zeros would be left, the zeros are hidden too.
	"""
	if not any(0 < number < THRESHOLD for number in cells.values()):
		return dict(cells)
	hidden_up_to = min((number for number in cells.values() if number >= THRESHOLD), default=THRESHOLD)
	if max(cells.values()) <= hidden_up_to:
		return dict.fromkeys(cells, HIDDEN)
	return {cell: HIDDEN if 0 < number <= hidden_up_to else number for cell, number in cells.items()}


def added(parts: list[int | None]) -> int | str:
	"""Return the sum of published `parts`: a number if all are shown, else text for what is known of it.

	`12+` is at least 12, `..` nothing. It is made of what is published, so it tells no more.
	"""
	shown = sum(part for part in parts if part is not HIDDEN)
	if HIDDEN not in parts:
		return shown
	return f"{shown}+" if shown else ".."


def total(numbers: list[int | str]) -> int | str:
	"""Return the sum of figures as they are shown, of which some may be hidden or known in part."""
	if all(isinstance(number, int) for number in numbers):
		return sum(numbers)
	return added([HIDDEN, *(int(str(number).rstrip("+").replace("..", "0")) for number in numbers)])


def share(part: int | str, *rest: int | str) -> float | str | None:
	"""Return `part` in percent of itself and the `rest`; `..` where one is hidden or all are too few, None of nothing."""
	numbers = (part, *rest)
	if not all(isinstance(number, int) for number in numbers):
		return ".."
	whole = sum(numbers)
	if not whole:
		return None
	return round(100 * part / whole, 1)


def middle(histogram: dict[int, int]) -> float | None:
	"""Return the median of a `histogram` (value -> how many), or None of nothing."""
	total = sum(histogram.values())
	if not total:
		return None
	low, high, passed = None, None, 0
	for value in sorted(histogram):
		passed += histogram[value]
		if low is None and passed * 2 >= total:
			low = value
		if passed * 2 > total:
			high = value
			break
	return (low + high) / 2


def may_show_median(published: list[int | None]) -> bool:
	"""Return whether the median over the cases in these `published` cells is shown: none hidden, and five cases or more.

	With a cell hidden, a median beyond the deadline would tell which of two cells is the larger.
	"""
	return HIDDEN not in published and sum(published) >= THRESHOLD
