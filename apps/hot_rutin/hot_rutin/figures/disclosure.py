"""Which figures managers may read: pure functions, no site needed.

The threshold rule with primary and secondary suppression (Hundepool et al., *Handbook on Statistical Disclosure Control*,
ESSnet SDC, on cell suppression and on frequency tables), in a form that can be proven for one division of a known number
of cases: what is hidden includes, besides each cell from 1 to 4, the smallest of the others. Two divisions that differ
only in which hidden cell has which value are then published alike, so nobody can tell a small cell from a large one,
neither by the total nor by knowing this rule. `docs/security-model.md` tells what the attacker is taken to know.
"""

from collections import defaultdict

# The smallest number of cases that is shown.
THRESHOLD = 5

# A figure that is not shown. Zero is a figure.
HIDDEN = None

# Of a table of two divisions a cell is shown that holds at least so many cases, and beside which its row and its column
# hold at least so many others.
LEAST, OTHERS = 10, 15
ANY_NUMBER = 10**9


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


def protect_table(
	cells: dict[tuple[str, str], int], never: tuple[str, ...] = (), least: int = LEAST, others: int = OTHERS
) -> dict[tuple[str, str], int | None]:
	"""Return the `cells` (number of cases by row and column) of two divisions at once, with `HIDDEN` where not shown.

	The two divisions are published by themselves too, by `protect`; what is hidden there, and what is named in `never`, is a
	wholly hidden row or column here. If what is shown let any other cell be worked out to hold one to four cases, nothing is
	shown. That is asked of all tables at once that would be published just like this one, so knowing the rule tells no more.
	"""
	sums = defaultdict(int), defaultdict(int)
	for key, number in cells.items():
		for side, name in zip(sums, key, strict=True):
			side[name] += number
	rows, columns = (protect(side) for side in sums)
	# Hidden rows are as one to whoever reads: nothing tells which of them is which. So are hidden columns.
	read = defaultdict(int)
	for (row, column), number in cells.items():
		read[HIDDEN if rows[row] is HIDDEN else row, HIDDEN if columns[column] is HIDDEN else column] += (
			number
		)
	shown, limits = {}, {}
	for (row, column), number in read.items():
		whole = rows.get(row, HIDDEN), columns.get(column, HIDDEN)
		most = 0 if HIDDEN in whole or row in never or column in never else min(whole) - others
		if 0 in whole or least <= number <= most:
			shown[row, column] = number
			limits[row, column] = number, number
		elif most < least:
			limits[row, column] = 0, ANY_NUMBER
		else:
			limits[row, column] = (0, least - 1) if number < least else (most + 1, ANY_NUMBER)
	if any(0 < _most_possible(read, limits, cell) < THRESHOLD for cell in read if cell not in shown):
		shown = {}
	return {
		(row, column): 0 if 0 in (rows[row], columns[column]) else shown.get((row, column), HIDDEN)
		for row, column in cells
	}


def _most_possible(numbers, limits, cell):
	"""Return how many cases `cell` holds at most, counted up to `THRESHOLD`, by the sums of rows and columns and the `limits`.

	The classical way (maximum flow): as long as one case can be moved to the cell along its row, and from there by rows and
	columns in turn to where the sums are as before, move it.
	"""
	numbers = dict(numbers)
	while numbers[cell] < min(THRESHOLD, limits[cell][1]):
		path = _way_round(numbers, limits, cell)
		if not path:
			break
		for step, change in path:
			numbers[step] += change
	return numbers[cell]


def _way_round(numbers, limits, cell):
	"""Return cells with what each is changed by (1, -1, 1 ...), beginning with `cell`, so that every sum stays; or nothing."""
	ways = [[(cell, 1)]]
	seen = {cell}
	while ways:
		way = ways.pop()
		(row, column), change = way[-1]
		if change < 0 and row == cell[0]:
			return way
		for other in numbers:
			low, high = limits[other]
			if other in seen:
				continue
			if change > 0 and other[1] == column and numbers[other] > low:
				ways.append([*way, (other, -1)])
			elif change < 0 and other[0] == row and numbers[other] < high:
				ways.append([*way, (other, 1)])
			else:
				continue
			seen.add(other)
	return None


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
