"""No figure of one to four cases can be worked out, by somebody who knows every figure of every report and the rule itself.

The attacker, as docs/security-model.md states: a manager who runs every report with every choice, keeps the answers of all
days, adds and subtracts, and knows how figures are hidden. They do not know single cases.
"""

from collections import defaultdict
from itertools import product

import frappe
import generated_year
import pytest
from generated_year import QUARTERS
from hot_rutin.figures.counts import step_outcome
from hot_rutin.figures.disclosure import (
	HIDDEN,
	added,
	may_show_median,
	middle,
	protect,
	protect_table,
	share,
	total,
)
from hot_rutin.figures.publication import publish
from reports import AXIS_NAMES, DONE, OUTCOMES, PROTECTION, REPORTS, of_protection, of_step, run, spans
from world import site

# --- the rule by itself


def divisions(cells, number):
	"""Every way in which `number` cases can fall into `cells` cells."""
	if cells == 1:
		yield (number,)
		return
	for first in range(number + 1):
		for rest in divisions(cells - 1, number - first):
			yield (first, *rest)


def published(division):
	return tuple(protect({str(cell): number for cell, number in enumerate(division)}).values())


@pytest.mark.parametrize(("cells", "most"), [(2, 40), (3, 25), (4, 18), (5, 14)])
def test_every_small_cell_could_be_another_number(cells, most):
	"""By exhaustion: who knows the total, what is shown, and the rule, is left with more than one value for each small cell.

	With six cases or more, one of them is five or higher: that the cell is small at all cannot be known.
	"""
	for number in range(5, most + 1):
		alike = defaultdict(list)
		for division in divisions(cells, number):
			alike[published(division)].append(division)
		for worlds in alike.values():
			for cell in range(cells):
				values = {world[cell] for world in worlds}
				if any(1 <= value <= 4 for value in values):
					assert len(values) > 1, (worlds, cell)
					assert number == 5 or max(values) >= 5, (worlds, cell)


def test_what_is_shown_is_right_and_never_small():
	for division in divisions(4, 16):
		for number, figure in zip(division, published(division), strict=True):
			assert figure is HIDDEN or (figure == number and not 1 <= figure <= 4)


def test_zero_is_told_from_hidden_wherever_something_else_is_shown():
	assert protect({"a": 0, "b": 20, "c": 7, "d": 2}) == {"a": 0, "b": 20, "c": HIDDEN, "d": HIDDEN}
	assert protect({"a": 0, "b": 20}) == {"a": 0, "b": 20}
	assert protect({"a": 0, "b": 0}) == {"a": 0, "b": 0}
	# Nothing else is shown: where the zeros are would tell that one case fell into each of the others.
	assert protect({"a": 0, "b": 1, "c": 1, "d": 1}) == dict.fromkeys("abcd", HIDDEN)


def test_two_cells_of_one_size_are_hidden_together():
	"""Else the order of the cells would tell which of the two is meant."""
	assert protect({"a": 4, "b": 7, "c": 7, "d": 30}) == {"a": HIDDEN, "b": HIDDEN, "c": HIDDEN, "d": 30}


def test_sums_shares_and_medians_are_made_of_what_is_shown():
	assert [added(parts) for parts in ([5, 0], [5, HIDDEN], [HIDDEN, HIDDEN], [0, HIDDEN])] == [
		5,
		"5+",
		"..",
		"..",
	]
	assert [total(parts) for parts in ([5, 7], [5, "7+"], ["..", ".."], [0, ".."])] == [12, "12+", "..", ".."]
	assert (share(3, 1), share(0, 0), share("..", 8), share("5+", 8)) == (75.0, None, "..", "..")
	assert [may_show_median(cells) for cells in ([5, 0], [4, 0], [5, HIDDEN])] == [True, False, False]
	assert [middle(one) for one in ({}, {3: 1}, {1: 1, 2: 1}, {1: 2, 9: 1}, {0: 1, 4: 2, 5: 1})] == [
		None,
		3,
		1.5,
		1,
		4,
	]


# --- the rule for a table of two divisions, which are published by themselves too


def as_table(numbers, columns):
	rows = len(numbers) // columns
	return {(f"row {n // columns}", f"column {n % columns}"): numbers[n] for n in range(rows * columns)}


def sums(table, side):
	found = defaultdict(int)
	for key, number in table.items():
		found[key[side]] += number
	return dict(found)


def told(table, **rule):
	"""All that is published of a table: its two divisions, and its cells."""
	return (
		*(tuple(protect(sums(table, side)).items()) for side in (0, 1)),
		tuple(protect_table(table, **rule).items()),
	)


@pytest.mark.parametrize(
	("rows", "columns", "number", "least", "others"),
	[
		(2, 2, 18, 5, 5),
		(2, 2, 25, 6, 1),
		(2, 2, 52, 10, 15),
		(2, 3, 17, 5, 5),
		(2, 3, 18, 6, 3),
		(3, 3, 9, 5, 2),
	],
)
def test_no_small_cell_of_a_table_follows_from_it_and_its_sums(rows, columns, number, least, others):
	"""By exhaustion: who sees a table and its two divisions, and knows both rules, is left with more than one value for each
	small number, of cells and of sums. Where the table has a number at all, a hidden one of a shown row and a shown column
	may be five or more."""
	alike = defaultdict(list)
	for division in divisions(rows * columns, number):
		table = as_table(division, columns)
		alike[told(table, least=least, others=others)].append(table)
	for (down, across, cells), worlds in alike.items():
		down, across, cells = dict(down), dict(across), dict(cells)
		for cell, figure in cells.items():
			values = {world[cell] for world in worlds}
			if figure is not HIDDEN:
				assert values == {figure} and not 1 <= figure <= 4
			elif any(1 <= value <= 4 for value in values):
				assert len(values) > 1, (worlds, cell)
				if any(cells.values()) and HIDDEN not in (down[cell[0]], across[cell[1]]):
					assert max(values) >= 5, (worlds, cell)
		for side, division in enumerate((down, across)):
			for name, figure in division.items():
				values = {sums(world, side)[name] for world in worlds}
				if figure is HIDDEN and any(1 <= value <= 4 for value in values):
					assert len(values) > 1 and max(values) >= 5, (worlds, name)


def test_a_table_shows_what_has_enough_beside_it():
	table = as_table((30, 30, 20, 20, 30, 20, 20, 9, 16), 3)
	shown = protect_table(table)
	assert {cell for cell, figure in shown.items() if figure is HIDDEN} == {("row 2", "column 1")}
	assert set(protect_table(table, never=("row 0",)).values()) > {HIDDEN, 30}
	assert all(protect_table(table, never=("row 0",))["row 0", f"column {n}"] is HIDDEN for n in range(3))
	# A cell by itself is hidden, and what it is does not follow from the rest of its row, or nothing is shown.
	table["row 2", "column 1"] = 2
	assert set(protect_table(table).values()) == {HIDDEN}


# --- the attack on the reports


@pytest.fixture(scope="module", params=[(500, 5), (45, 6)], ids=["500 cases", "45 cases"])
def year(request, stack):
	size, seed = request.param
	with generated_year.made(stack, size, seed) as year:
		yield year


@pytest.fixture(scope="module")
def outputs(year):
	"""All that a manager can be told: every report, every axis, every stretch of periods."""
	found = []
	for filters, quarters in [*spans()][::2]:
		for report, choice in [
			*((one, {}) for one in REPORTS),
			*(("Incident Statistics", {"axis": axis}) for axis in AXIS_NAMES),
			("Incident Statistics", {"axis": "Category", "across": "Channel"}),
		]:
			found.append((report, choice, quarters, run(year.manager, report, **filters, **choice)))
	return found


class Unknowns:
	"""Whole numbers of which intervals are known, and sums of them: bounds are drawn in until none moves."""

	def __init__(self):
		self.low, self.high, self.sums, self.above = defaultdict(int), {}, [], []

	def is_exactly(self, cell, number):
		self.within(cell, number, number)

	def within(self, cell, low, high):
		self.low[cell] = max(self.low[cell], low)
		self.high[cell] = min(self.high.get(cell, 10**6), high)

	def add_up(self, cells, whole):
		self.sums.append((tuple(cells), whole))

	def solve(self):
		moved = True
		while moved:
			moved = False
			for cells, whole in self.sums:
				for cell in (*cells, whole):
					before = self.low[cell], self.high.get(cell, 10**6)
					if cell == whole:
						self.within(
							cell, sum(self.low[c] for c in cells), sum(self.high.get(c, 10**6) for c in cells)
						)
					else:
						others = [c for c in cells if c != cell]
						low = self.low[whole] - sum(self.high.get(c, 10**6) for c in others)
						self.within(cell, low, self.high.get(whole, 10**6) - sum(self.low[c] for c in others))
					moved |= before != (self.low[cell], self.high[cell])
		return self


def read(unknowns, cell, figure):
	"""What a figure on the screen says of the number of cases."""
	if isinstance(figure, int):
		unknowns.is_exactly(cell, figure)
	elif str(figure).endswith("+"):
		unknowns.within(cell, int(figure[:-1]), 10**6)


def knowledge(outputs):
	"""All equations of all outputs: parts of one whole, the same number in two reports, and sums over periods."""
	known, seen = Unknowns(), set()

	def cell(quarters, *what):
		"""A number of cases over some quarters is the sum of those of each."""
		name = (quarters[0][0], quarters[-1][1], *what)
		if name not in seen:
			seen.add(name)
			if len(quarters) > 1:
				known.add_up([cell([quarter], *what) for quarter in quarters], name)
		return name

	for report, choice, quarters, found in outputs:
		whole = cell(quarters, "cases")
		rows = found["result"]
		if report == "Incident Statistics":
			axis = choice.get("axis", "Category")
			read(known, whole, found["report_summary"][0]["value"])
			if "across" in choice:
				read_table(known, cell, quarters, found)
			for row in rows:
				read(known, cell(quarters, axis, row["key"]), row["total"])
			months = [row["key"] for row in rows]
			if axis != "Month":
				known.add_up([cell(quarters, axis, value) for value in months], whole)
			else:
				# A month is part of its own quarter only.
				known.add_up([cell(quarters, axis, value) for value in months], whole)
				for quarter, value in product(quarters, months):
					if not quarter[0] <= f"{value}-15" <= quarter[1]:
						known.is_exactly(cell([quarter], axis, value), 0)
		elif report == "Routine Compliance":
			for row in rows:
				step = row["step"]
				parts = [cell(quarters, step, what) for what in ("done", "not_needed", "waiting", "overdue")]
				for name, what in zip(parts, ("done", "not_needed", "waiting", "overdue"), strict=True):
					read(known, name, row[what])
				known.add_up(parts, whole)
				known.add_up([cell(quarters, step, what) for what in DONE], parts[0])
				if row["in_time"] == "100 %":
					known.is_exactly(cell(quarters, step, "Done Late"), 0)
			# The three rows of 3.1.3 tell of the same act.
			for what in ("waiting", "overdue"):
				for step in ("3.1.3-2", "3.1.3-3"):
					known.add_up([cell(quarters, "3.1.3-1", what)], cell(quarters, step, what))
			for what in ("done", "not_needed", *DONE):
				known.add_up([cell(quarters, "3.1.3-1", what)], cell(quarters, "3.1.3-3", what))
			left_out = cell(quarters, "asked", "Not Requested")
			known.add_up([cell(quarters, "3.1.3-2", "done"), left_out], cell(quarters, "3.1.3-1", "done"))
			known.add_up(
				[cell(quarters, "3.1.3-1", "not_needed"), left_out], cell(quarters, "3.1.3-2", "not_needed")
			)
		elif report == "Overdue Steps":
			for row in rows:
				read(known, cell(quarters, row["step"], "overdue"), row["overdue"])
		elif report == "Police Reports":
			filed = {"Not Needed": "not_needed", "Waiting": "waiting", "Overdue": "overdue"}
			for row in rows:
				if row["key"] in OUTCOMES:
					read(known, cell(quarters, "3.1.3-1", filed.get(row["key"], row["key"])), row["number"])
				else:
					read(known, cell(quarters, "asked", row["key"]), row["number"])
			read(known, cell(quarters, "3.1.3-1", "done"), found["report_summary"][0]["value"])
			asked = cell(quarters, "asked", "Requested")
			known.add_up([cell(quarters, "asked", answer) for answer in PROTECTION[:3]], asked)
			known.add_up([asked, cell(quarters, "asked", "Not Requested")], cell(quarters, "3.1.3-1", "done"))
		elif report == "Follow-up Timeliness":
			for quarter, row in zip(quarters, rows, strict=True):
				for key, what in (
					("in_time", "Done in Time"),
					("late", "Done Late"),
					("waiting", "waiting"),
					("overdue", "overdue"),
				):
					read(known, cell([quarter], "3.2.4-1", what), row[key])
	return known


def read_table(known, cell, quarters, found):
	"""The cells of a table add up to the figure of their row and of their column, which other choices show."""
	heads = {
		column["fieldname"]: "Not Recorded" if column["label"] == "Inte uppgivet" else column["label"]
		for column in found["columns"][1:-1]
	}
	by_column = defaultdict(list)
	for row in found["result"]:
		cells = {head: cell(quarters, "Category and Channel", row["key"], head) for head in heads.values()}
		for name, head in heads.items():
			read(known, cells[head], row[name])
			by_column[head].append(cells[head])
		known.add_up(cells.values(), cell(quarters, "Category", row["key"]))
	for head, cells in by_column.items():
		known.add_up(cells, cell(quarters, "Channel", head))


def truth(year):
	"""The true number of every cell of one quarter, straight from what was generated."""
	steps = defaultdict(list)
	for row in year.rows["Incident Step"]:
		steps[row["parent"]].append(frappe._dict(row))
	reports = {row["incident"]: frappe._dict(row) for row in year.rows["Police Report"]}
	people = {person["name"]: person for person in year.registered}
	found = defaultdict(int)
	for case in year.rows["Incident"]:
		quarter = next(q for q in QUARTERS if q[0] <= str(case["reported_on"])[:10] <= q[1])
		who = people[case["exposed_representative"]]
		values = {
			"Category": case["category"],
			"Channel": case["channel"],
			"Place": case["place_type"],
			"Perpetrator": case["perpetrator"],
			"Consequence": case["consequence"],
			"Gender": who["gender"],
			"Age Group": who["age_group"],
			"Month": str(case["reported_on"])[:7],
		}
		for axis, value in values.items():
			found[(*quarter, axis, value or "Not Recorded")] += 1
		both = (values[axis] or "Not Recorded" for axis in ("Category", "Channel"))
		found[(*quarter, "Category and Channel", *both)] += 1
		found[(*quarter, "cases")] += 1
		for row in steps[case["name"]]:
			what = of_step(row)
			found[(*quarter, row.step, what)] += 1
			simple = {"Not Needed": "not_needed", "Waiting": "waiting", "Overdue": "overdue"}
			found[(*quarter, row.step, simple.get(what, "done"))] += 1
		report = reports.get(case["name"])
		if report and report.workflow_state == "Filed":
			answer = of_protection(report)
			found[(*quarter, "asked", answer)] += 1
			if answer != "Not Requested":
				found[(*quarter, "asked", "Requested")] += 1
	return found


def test_no_small_cell_follows_from_all_that_is_told(year, outputs):
	known, true = knowledge(outputs).solve(), truth(year)
	small = {cell: number for cell, number in true.items() if 1 <= number <= 4}
	assert len(small) > 20, "nothing is small: this attacks nothing"
	found = {
		cell: (number, known.low[cell], known.high.get(cell))
		for cell, number in small.items()
		if known.low[cell] == known.high.get(cell)
	}
	assert not found
	# Nothing that was concluded is wrong: the equations are those of the reports.
	for cell, number in true.items():
		assert known.low[cell] <= number <= known.high.get(cell, 10**6), cell


# Outcome of a step -> how a row of the checklist comes to it.
BECOMES = {
	"Done in Time": "status = 'Done', done_on = creation, due_on = creation",
	"Done Late": "status = 'Done', done_on = creation, due_on = '2019-01-01'",
	"Done, No Deadline": "status = 'Done', done_on = creation, due_on = null",
	"Not Needed": "status = 'Not Needed', done_on = null",
	"Waiting": "status = 'Waiting', done_on = null, due_on = null",
	"Overdue": "status = 'Waiting', done_on = null, due_on = '2019-01-01'",
}
COLUMNS = {
	"Category": "category",
	"Channel": "channel",
	"Place": "place_type",
	"Perpetrator": "perpetrator",
	"Consequence": "consequence",
}


def exchange(quarter, what, one, other):
	"""Let the cases of a quarter that are in the one cell be in the other, and the other way round."""
	cases = f"reported_on >= '{quarter[0]}' and reported_on < '{quarter[1]}' + interval 1 day"
	if what in COLUMNS:
		column = f"ifnull(nullif({COLUMNS[what]}, ''), 'Not Recorded')"
		frappe.db.sql(
			f"""update `tabIncident` set {COLUMNS[what]} = if({column} = %(one)s, %(other)s, %(one)s)
			where {column} in (%(one)s, %(other)s) and {cases}""",
			{"one": one, "other": other},
		)
		frappe.db.sql(
			f"update `tabIncident` set {COLUMNS[what]} = null where {COLUMNS[what]} = 'Not Recorded' and {cases}"
		)
		return
	of_quarter = f"step.step = '{what}' and step.parent in (select name from `tabIncident` where {cases})"
	are = {
		cell: frappe.db.sql(
			f"select step.name from `tabIncident Step` step where {of_quarter} and {step_outcome()} = %s",
			cell,
			pluck=True,
		)
		for cell in (one, other)
	}
	for cell, becomes in ((one, other), (other, one)):
		frappe.db.sql(
			f"update `tabIncident Step` set {BECOMES[becomes]} where name in %s", [are[cell] or [""]]
		)


def test_every_small_cell_could_be_a_large_one_without_a_trace(year, stack):
	"""The proof on real cases: exchange a small cell with another hidden one, and publish anew. Every figure is the same."""
	tried = 0
	with site(stack):
		for quarter in QUARTERS:
			days = [frappe.utils.getdate(day) for day in quarter]
			period = frappe.db.get_value("Published Figures", {"from_date": quarter[0]})
			told = frappe.get_doc("Published Figures", period).figures
			before = [(row.subject, row.item, row.cell, row.figure, row.hidden) for row in told]
			cells = defaultdict(dict)
			for cell, number in truth(year).items():
				if (
					cell[:2] == quarter
					and len(cell) == 4
					and cell[3] not in ("done", "not_needed", "waiting", "overdue")
				):
					cells[cell[2]][cell[3]] = number
			for what, of in cells.items():
				# 3.1.3 and its three rows: what is exchanged in one would have to be in all.
				small = [cell for cell, number in of.items() if 1 <= number <= 4]
				if not small or what.startswith("3.1.3") or not (what in COLUMNS or what.startswith("3.")):
					continue
				large = [cell for cell, number in of.items() if number >= 5]
				hidden = {row[2] for row in before if row[1] == what and row[4]}
				other = next((cell for cell in large if cell in hidden), None)
				if not other:
					continue
				exchange(quarter, what, small[0], other)
				frappe.db.delete("Published Figure", {"parent": period})
				frappe.db.delete("Published Figures", {"name": period})
				after = [
					(row.subject, row.item, row.cell, row.figure, int(row.hidden))
					for row in publish(*days).figures
				]
				assert after == before, (quarter, what, small[0], other)
				frappe.db.rollback()
				tried += 1
	assert tried > 10


def tables(year):
	"""Of each quarter the true number of cases by category and channel."""
	numbers = truth(year)
	for quarter in QUARTERS:
		names = [
			sorted({cell[3] for cell in numbers if cell[:3] == (*quarter, axis)})
			for axis in ("Category", "Channel")
		]
		yield quarter, {pair: numbers[(*quarter, "Category and Channel", *pair)] for pair in product(*names)}


def moves(table, cell):
	"""The same table with one case more or less in `cell`, and the sums of all rows and columns as before."""
	for (row, column), step in product(table, (1, -1)):
		if row != cell[0] and column != cell[1]:
			change = {cell: step, (row, column): step, (row, cell[1]): -step, (cell[0], column): -step}
			if all(table[one] + by >= 0 for one, by in change.items()):
				yield change, table | {one: table[one] + by for one, by in change.items()}


def test_every_small_cell_of_the_table_could_be_another_number_without_a_trace(year, stack):
	"""On real cases: let two of them have come by each other's channel, and publish anew. Every figure is the same."""
	small = changed = published = 0
	for quarter, table in tables(year):
		told_of = told(table, never=("Not Recorded",))
		ways = {}
		for cell, number in table.items():
			if 1 <= number <= 4:
				small += 1
				ways[cell] = next(
					(
						change
						for change, other in moves(table, cell)
						if told(other, never=("Not Recorded",)) == told_of
					),
					None,
				)
				assert ways[cell], (quarter, cell)
		with site(stack):
			days = [frappe.utils.getdate(day) for day in quarter]
			period = frappe.db.get_value("Published Figures", {"from_date": quarter[0]})
			figures = [
				[(row.subject, row.item, row.cell, row.figure, int(row.hidden)) for row in doc.figures]
				for doc in [frappe.get_doc("Published Figures", period)]
			][0]
			published += sum(row[0] == "Table" and row[3] > 0 for row in figures)
			for change in [*ways.values()][:4]:
				for (category, channel), by in change.items():
					if by < 0:
						other = next(
							one[1] for one, more in change.items() if more > 0 and one[0] == category
						)
						take = """name = (select name from (select name from `tabIncident`
							where ifnull(category, 'Not Recorded') = %s
							and ifnull(nullif(channel, ''), 'Not Recorded') = %s
							and reported_on >= %s and reported_on < %s + interval 1 day limit 1) one)"""
						frappe.db.sql(
							f"update `tabIncident` set channel = nullif(%s, 'Not Recorded') where {take}",
							(other, category, channel, *quarter),
						)
				frappe.db.delete("Published Figure", {"parent": period})
				frappe.db.delete("Published Figures", {"name": period})
				assert [
					(row.subject, row.item, row.cell, row.figure, int(row.hidden))
					for row in publish(*days).figures
				] == figures, (quarter, change)
				frappe.db.rollback()
				changed += 1
	assert small > 20 and changed > 5
	assert published or year.size < 100, "no table with a number in it: this attacks nothing"


def test_the_attack_would_find_what_is_only_hidden_by_itself(year):
	"""The same equations solve for cells that are hidden without others beside them: the attack can succeed."""
	known = Unknowns()
	known.is_exactly("whole", 20)
	known.is_exactly("shown", 17)
	known.add_up(["shown", "small"], "whole")
	assert known.solve().low["small"] == known.high["small"] == 3
