"""Figures: every figure of every report is what one gets by counting the cases by hand, for whoever may read them; and a
manager's figures are those of the published periods with the small ones hidden."""

import statistics
from collections import Counter
from datetime import timedelta
from itertools import product

import frappe
import generated_year
import pytest
from generated_year import QUARTERS
from reports import (
	DONE,
	FIELDS,
	OUTCOMES,
	PROTECTION,
	REPORTS,
	YEAR,
	of_protection,
	of_step,
	outcome,
	run,
	spans,
)
from world import site


@pytest.fixture(scope="module")
def year(stack):
	with generated_year.made(stack) as year:
		yield year


@pytest.fixture(scope="module")
def cases(year, stack):
	"""The cases of the year as exported: plain values, each with its checklist and its police report."""
	with site(stack):
		people = {
			p.name: p
			for p in frappe.get_all("Elected Representative", fields=["name", "gender", "age_group"])
		}
		steps, reports = {}, {}
		mine = {"reported_on": ("between", [YEAR["from_date"], YEAR["to_date"]])}
		found = frappe.get_all("Incident", filters=mine, fields=["*"])
		names = ("in", [case.name for case in found])
		for row in frappe.get_all(
			"Incident Step", filters={"parent": names, "parenttype": "Incident"}, fields=["*"]
		):
			steps.setdefault(row.parent, {})[row.step] = row
		for row in frappe.get_all("Police Report", filters={"incident": names}, fields=["*"]):
			reports[row.incident] = row
	for case in found:
		case.steps, case.report = steps[case.name], reports.get(case.name)
		case.gender = people[case.exposed_representative].gender
		case.age_group = people[case.exposed_representative].age_group
	assert len(found) == 500
	return found


@pytest.fixture(scope="module")
def rules(stack):
	with site(stack):
		return frappe.get_all("Routine Step", filters={"is_active": 1}, fields=["*"], order_by="sequence")


@pytest.fixture(scope="module")
def swedish(stack):
	with site(stack):
		words = frappe.translate.get_all_translations("sv")
	return lambda text: words.get(text, text)


# --- counting by hand


def of_report(report):
	filed = report.workflow_state == "Filed"
	return outcome(filed, report.filed_on, report.workflow_state == "Withdrawn", report.due_on)


def whole(later, earlier, **unit):
	return max((later - earlier) // timedelta(**unit), 0)


def median(values):
	return statistics.median(values) if values else None


def percent(part, *rest):
	total = part + sum(rest)
	return f"{round(100 * part / total, 1):g} %".replace(".", ",") if total else None


def readable(reader, cases, year):
	"""The rule of the design, written out by hand: the officer's own party, the strategist's contacted cases."""
	party = {"officer": year.parties[0], "other_officer": year.parties[1]}.get(reader)
	if party:
		return [case for case in cases if case.party == party]
	return [case for case in cases if case.strategist_contacted_on]


def choose(cases, filters):
	for name in ("category", "channel"):
		if filters.get(name):
			cases = [case for case in cases if case[name] == filters[name]]
	first, last = (filters.get(name, YEAR[name]) for name in ("from_date", "to_date"))
	return [case for case in cases if first <= str(case.reported_on)[:10] <= last]


# --- those who read cases

READERS = ("officer", "other_officer", "strategist")
TIMES = (
	YEAR,
	{"from_date": "2019-02-11", "to_date": "2019-05-20"},
	{"from_date": "2019-07-04", "to_date": "2019-07-04"},
)
CHOICES = ({}, {"category": "Hot"}, {"channel": "Telefon"}, {"category": "Trakasserier", "channel": "E-post"})


@pytest.mark.parametrize("reader", READERS)
def test_compliance_is_what_one_counts(year, cases, rules, reader):
	for time, choice in product(TIMES, CHOICES):
		mine = choose(readable(reader, cases, year), {**time, **choice})
		found = run(year.people[reader], "Routine Compliance", **time, **choice)
		sums = Counter()
		for rule, row in zip(rules, found["result"], strict=True):
			of = [case.steps[rule.name] for case in mine]
			counted = Counter(map(of_step, of))
			sums += counted
			hours = [
				whole(c.steps[rule.name].done_on, c.reported_on, hours=1)
				for c in mine
				if c.steps[rule.name].status == "Done"
			]
			assert {key: row[key] for key in ("step", "done", "not_needed", "waiting", "overdue", "in_time", "median")} == {
				"step": rule.name,
				"done": sum(counted[outcome] for outcome in DONE),
				"not_needed": counted["Not Needed"],
				"waiting": counted["Waiting"],
				"overdue": counted["Overdue"],
				"in_time": percent(counted["Done in Time"], counted["Done Late"], counted["Overdue"]),
				"median": median(hours),
			}, (time, choice, rule.name)  # fmt: skip
		shown = [part["value"] for part in found["report_summary"]]
		share = percent(sums["Done in Time"], sums["Done Late"], sums["Overdue"]) or "–"
		assert shown == [share, sums["Done Late"], sums["Overdue"]]
		chart = found["chart"]["data"]
		for number, key in enumerate(("done", "not_needed", "waiting", "overdue")):
			by_number = Counter()
			for row in found["result"]:
				by_number[row["step_number"]] += row[key]
			assert chart["datasets"][number]["values"] == [by_number[label] for label in chart["labels"]]


@pytest.mark.parametrize("reader", READERS)
def test_lead_times_are_drawn_as_they_are_in_the_table(year, reader):
	found = run(year.people[reader], "Routine Compliance", **YEAR, lead_times=1)
	first = {}
	for row in found["result"]:
		if row["has_deadline"]:
			first.setdefault(row["step_number"], round(row["median"] / 24, 1))
	chart = found["chart"]["data"]
	assert {one["name"]: one["values"][0] for one in chart["datasets"]} == first


@pytest.mark.parametrize("reader", READERS)
def test_overdue_steps_are_what_one_counts(year, cases, rules, reader, swedish):
	for time, choice in product(TIMES, CHOICES):
		mine = choose(readable(reader, cases, year), {**time, **choice})
		found = run(year.people[reader], "Overdue Steps", **time, **choice)
		expected = {
			rule.name: sum(of_step(case.steps[rule.name]) == "Overdue" for case in mine)
			for rule in rules
			if rule.deadline
		}
		assert {row["step"]: row["overdue"] for row in found["result"]} == expected
		by_role = Counter()
		for rule in rules:
			by_role[swedish(rule.responsible_role)] += expected.get(rule.name, 0)
		assert {part["label"]: part["value"] for part in found["report_summary"]} == {
			role: by_role[role] for role in (part["label"] for part in found["report_summary"])
		}
		assert sum(part["value"] for part in found["report_summary"]) == sum(expected.values())
		chart = found["chart"]["data"]
		drawn = {one["name"]: one["values"][0] for one in chart["datasets"]}
		assert Counter(drawn) == by_role and set(drawn) <= set(by_role)
		assert list(drawn.values()) == sorted(drawn.values(), reverse=True)


@pytest.mark.parametrize("reader", READERS)
def test_statistics_are_what_one_counts_on_every_pair_of_axes(year, cases, reader, swedish):
	def value(case, axis):
		if axis in ("Month", "Year"):
			return str(case.reported_on)[: 7 if axis == "Month" else 4]
		if axis == "Quarter":
			return f"{case.reported_on.year} kvartal {(case.reported_on.month + 2) // 3}"
		return swedish(case[FIELDS[axis]] or "Not Recorded")

	axes = [*FIELDS, "Month", "Quarter", "Year"]
	pairs = (
		[(axis, None) for axis in axes] + [("Category", axis) for axis in axes[1:]] + [("Month", "Gender")]
	)
	for (axis, across), time in product(pairs, TIMES[:2]):
		mine = choose(readable(reader, cases, year), time)
		found = run(year.people[reader], "Incident Statistics", axis=axis, across=across, **time)
		assert {row["value"]: row["total"] for row in found["result"]} == Counter(
			value(case, axis) for case in mine
		)
		assert found["report_summary"][0]["value"] == len(mine)
		heads = {
			c["fieldname"]: c["label"] for c in found["columns"] if c["fieldname"] not in ("value", "total")
		}
		shown = {(r["value"], heads[key]): r[key] for r in found["result"] for key in heads if r[key]}
		expected = Counter((value(case, axis), value(case, across)) for case in mine) if across else {}
		assert shown == expected
		drawn = found["chart"]["data"]
		assert sum(map(sum, (one["values"] for one in drawn["datasets"]))) == len(mine)


@pytest.mark.parametrize("reader", [*READERS, "director"])
def test_police_reports_are_what_one_counts(year, cases, reader):
	reports = [
		case.report
		for case in (cases if reader == "director" else readable(reader, cases, year))
		if case.report
	]
	# A report is requested some days after its case was reported: all of the year, and some weeks of it.
	for first, last in (("2019-01-01", "2020-03-01"), ("2019-03-04", "2019-04-30")):
		mine = [report for report in reports if first <= str(report.requested_on)[:10] <= last]
		found = run(year.people[reader], "Police Reports", from_date=first, to_date=last)
		counted, filed = (
			Counter(map(of_report, mine)),
			[report for report in mine if report.workflow_state == "Filed"],
		)
		protection = Counter(map(of_protection, filed))
		expected = {what: counted[what] for what in OUTCOMES if what != "Done, No Deadline" or counted[what]}
		expected |= {answer: protection[answer] for answer in PROTECTION}
		expected["Requested"] = len(filed) - protection["Not Requested"]
		assert {row["key"]: row["number"] for row in found["result"]} == expected
		hours = [whole(report.filed_on, report.decided_on, hours=1) for report in filed]
		share = percent(expected["Requested"], protection["Not Requested"])
		assert [part["value"] for part in found["report_summary"]] == [len(filed), median(hours), share]


@pytest.mark.parametrize("reader", READERS)
def test_follow_ups_are_what_one_counts(year, cases, rules, reader):
	held = next(rule.name for rule in rules if rule.evidence == "Conversation")
	for time, choice in product(TIMES[:2], CHOICES[:2]):
		mine = choose(readable(reader, cases, year), {**time, **choice})
		found = run(year.people[reader], "Follow-up Timeliness", **time, **choice)
		by_month = {}
		for case in mine:
			by_month.setdefault(str(case.reported_on)[:7], []).append(case)
		expected = {}
		for month, those in by_month.items():
			counted = Counter(of_step(case.steps[held]) for case in those)
			days = [
				whole(c.steps[held].done_on, c.event_on, days=1)
				for c in those
				if c.steps[held].status == "Done"
			]
			expected[month] = (
				counted["Done in Time"],
				counted["Done Late"],
				counted["Waiting"],
				counted["Overdue"],
				percent(counted["Done in Time"], counted["Done Late"], counted["Overdue"]),
				median(days),
			)
		keys = ("in_time", "late", "waiting", "overdue", "share", "median")
		assert {row["time"]: tuple(row[key] for key in keys) for row in found["result"]} == expected
		whole_year = Counter(of_step(case.steps[held]) for case in mine)
		days = [
			whole(c.steps[held].done_on, c.event_on, days=1) for c in mine if c.steps[held].status == "Done"
		]
		assert [part["value"] for part in found["report_summary"]] == [
			percent(whole_year["Done in Time"], whole_year["Done Late"], whole_year["Overdue"]),
			median(days),
			whole_year["Overdue"],
		]


# --- managers


def hidden(cells):
	"""The rule for figures, written anew: from the smallest figure up, hide until one of five or more is hidden too."""
	if not any(1 <= number <= 4 for number in cells.values()):
		return cells
	gone, left = set(), sorted(set(cells.values()) - {0})
	while left:
		gone.add(left.pop(0))
		if max(gone) >= 5:
			break
	return {cell: None if number in gone or not left else number for cell, number in cells.items()}


def shown(parts):
	"""How a sum of published figures stands in a report."""
	known = sum(part for part in parts if part is not None)
	return known if None not in parts else f"{known}+" if known else ".."


def sum_shown(figures):
	known = sum(int(str(figure).replace("..", "0").rstrip("+")) for figure in figures)
	return known if all(isinstance(figure, int) for figure in figures) else f"{known}+" if known else ".."


def share_shown(part, *rest):
	return percent(part, *rest) if all(isinstance(figure, int) for figure in (part, *rest)) else ".."


def in_quarter(cases, quarter):
	return [case for case in cases if quarter[0] <= str(case.reported_on)[:10] <= quarter[1]]


def step_cells(cases, quarters, rule):
	parts = [hidden(dict.fromkeys(OUTCOMES, 0) | Counter(of_step(c.steps[rule.name]) for c in in_quarter(cases, q))) for q in quarters]  # fmt: skip
	return parts, {what: shown([part[what] for part in parts]) for what in OUTCOMES}


def published_median(parts, values):
	"""A median is shown of one period, where none of the cells that it is over is hidden and five cases are behind it."""
	if (
		len(parts) != 1
		or any(parts[0][what] is None for what in DONE)
		or sum(parts[0][what] for what in DONE) < 5
	):
		return ".."
	return median(values)


def test_managers_get_published_figures_of_steps(year, cases, rules, swedish):
	filing = next(rule for rule in rules if rule.evidence == "Police Report Filed")
	for filters, quarters in spans():
		mine = [case for quarter in quarters for case in in_quarter(cases, quarter)]
		found = run(year.manager, "Routine Compliance", **filters)
		overdue = {
			row["step"]: row["overdue"] for row in run(year.manager, "Overdue Steps", **filters)["result"]
		}
		for rule, row in zip(rules, found["result"], strict=True):
			parts, cells = step_cells(cases, quarters, rule)
			if rule.evidence == "Protected Access":
				# Follows from the filing and what was asked there.
				_parts, cells = step_cells(cases, quarters, filing)
				asked = protection_cells(cases, quarters, filing)
				if asked["Not Requested"] != 0:
					left_out = asked["Not Requested"]
					exact = isinstance(left_out, int) and isinstance(cells["Not Needed"], int)
					cells |= dict.fromkeys(DONE, "..") | {
						"Not Needed": cells["Not Needed"] + left_out if exact else ".."
					}
				parts = []
			hours = [whole(c.steps[rule.name].done_on, c.reported_on, hours=1) for c in mine if c.steps[rule.name].status == "Done"]  # fmt: skip
			assert {
				key: row[key] for key in ("done", "not_needed", "waiting", "overdue", "in_time", "median")
			} == {
				"done": sum_shown([cells[what] for what in DONE]),
				"not_needed": cells["Not Needed"],
				"waiting": cells["Waiting"],
				"overdue": cells["Overdue"],
				"in_time": share_shown(cells["Done in Time"], cells["Done Late"], cells["Overdue"]),
				"median": published_median(parts, hours),
			}, (filters, rule.name)
			if rule.deadline:
				assert overdue[rule.name] == cells["Overdue"]


def protection_cells(cases, quarters, filing):
	parts = []
	for quarter in quarters:
		those = in_quarter(cases, quarter)
		act = hidden(dict.fromkeys(OUTCOMES, 0) | Counter(of_step(case.steps[filing.name]) for case in those))
		filed = [case.report for case in those if case.report and case.report.workflow_state == "Filed"]
		counted = hidden(dict.fromkeys(PROTECTION, 0) | Counter(map(of_protection, filed)))
		parts.append(dict.fromkeys(PROTECTION) if any(act[what] is None for what in DONE) else counted)
	return {answer: shown([part[answer] for part in parts]) for answer in PROTECTION}


def test_managers_get_published_figures_of_cases(year, cases, swedish):
	for axis, (filters, quarters) in product([*FIELDS, "Month"], spans()):
		found = run(year.manager, "Incident Statistics", axis=axis, **filters)
		got = {row["key"]: row["total"] for row in found["result"]}
		parts = []
		for quarter in quarters:
			those = in_quarter(cases, quarter)
			if axis == "Month":
				values = [
					f"{quarter[0][:5]}{month:02d}"
					for month in range(int(quarter[0][5:7]), int(quarter[1][5:7]) + 1)
				]
				counted = Counter(str(case.reported_on)[:7] for case in those)
			else:
				values, counted = list(got), Counter(case[FIELDS[axis]] or "Not Recorded" for case in those)
			parts.append(hidden(dict.fromkeys(values, 0) | counted))
		assert got == {value: shown([p[value] for p in parts if value in p]) for value in got}, (
			axis,
			filters,
		)
		assert set().union(*parts) == set(got)
		assert found["report_summary"][0]["value"] == sum(
			len(in_quarter(cases, quarter)) for quarter in quarters
		)


def test_managers_get_the_published_table_of_category_by_channel(year, cases):
	"""Either every number of ten or more with fifteen others beside it both ways, or none; by either axis; the rest as it was."""
	seen = Counter()
	for filters, quarters in spans():
		plain = run(year.manager, "Incident Statistics", axis="Category", **filters)
		found = run(year.manager, "Incident Statistics", axis="Category", across="Channel", **filters)
		turned = run(year.manager, "Incident Statistics", axis="Channel", across="Category", **filters)
		assert [(r["key"], r["total"]) for r in found["result"]] == [
			(r["key"], r["total"]) for r in plain["result"]
		]
		drawn = {
			one["name"].removesuffix(" .."): one["values"][0] for one in found["chart"]["data"]["datasets"]
		}
		assert drawn == {
			r["value"]: r["total"] if isinstance(r["total"], int) else 0
			for r in plain["result"]
			if r["total"] != 0
		}, "the figures of the rows"
		heads = {c["fieldname"]: c["label"] for c in found["columns"][1:-1]}
		assert set(heads.values()) - {"Inte uppgivet"} == {r["key"] for r in turned["result"]} - {
			"Not Recorded"
		}
		got = {(r["value"], heads[key]): r[key] for r in found["result"] for key in heads}
		heads = {c["fieldname"]: c["label"] for c in turned["columns"][1:-1]}
		assert got == {(heads[key], r["value"]): r[key] for r in turned["result"] for key in heads}
		parts = []
		for quarter in quarters:
			table = Counter(
				(case.category or "Inte uppgivet", case.channel or "Inte uppgivet")
				for case in in_quarter(cases, quarter)
			)
			sums = [Counter(), Counter()]
			for cell, number in table.items():
				for side, name in zip(sums, cell, strict=True):
					side[name] += number
			published = [hidden(side) for side in sums]
			part = {}
			for cell in got:
				wholes = [side.get(name, 0) for side, name in zip(published, cell, strict=True)]
				if 0 in wholes:
					part[cell] = 0
				elif None in wholes or "Inte uppgivet" in cell:
					part[cell] = None
				else:
					part[cell] = table[cell] if 10 <= table[cell] <= min(wholes) - 15 else None
			parts.append(part)
		nothing = [{cell: None if figure else figure for cell, figure in part.items()} for part in parts]
		if len(quarters) == 1:
			full, empty = (
				{cell: shown([figure]) for cell, figure in one.items()} for one in (parts[0], nothing[0])
			)
			assert got in (full, empty)
			seen["full" if any(parts[0].values()) and got == full else "empty"] += 1
		else:
			for cell, figure in got.items():
				most = sum(part[cell] or 0 for part in parts)
				assert int(str(figure).replace("..", "0").rstrip("+")) <= most
	assert seen["full"], "no table with a number in it: this compares nothing"


def test_what_was_published_before_there_was_a_table_is_not_taken_for_none(year, stack):
	from hot_rutin.figures.publication import Published

	with site(stack):
		before = Published(YEAR["from_date"], YEAR["to_date"]).table()
		period = frappe.db.get_value("Published Figures", {"from_date": QUARTERS[0][0]})
		frappe.db.delete("Published Figure", {"parent": period, "subject": "Table"})
		after = Published(YEAR["from_date"], YEAR["to_date"]).table()
		frappe.db.rollback()
	assert any(isinstance(figure, int) for figure in before.values())
	assert not any(isinstance(figure, int) for figure in after.values())


def test_managers_get_published_figures_of_police_reports_and_follow_ups(year, cases, rules):
	filing = next(rule for rule in rules if rule.evidence == "Police Report Filed")
	held = next(rule for rule in rules if rule.evidence == "Conversation")
	for filters, quarters in spans():
		mine = [case for quarter in quarters for case in in_quarter(cases, quarter)]
		found = run(year.manager, "Police Reports", **filters)
		parts, cells = step_cells(cases, quarters, filing)
		asked = protection_cells(cases, quarters, filing)
		filed = [case.report for case in mine if case.report and case.report.workflow_state == "Filed"]
		got = {row["key"]: row["number"] for row in found["result"]}
		requested = sum_shown([asked[answer] for answer in PROTECTION[:3]])
		assert got == {**{w: cells[w] for w in OUTCOMES if w in got}, **asked, "Requested": requested}
		assert [part["value"] for part in found["report_summary"]] == [
			sum_shown([cells[what] for what in DONE]),
			published_median(parts, [whole(report.filed_on, report.decided_on, hours=1) for report in filed]),
			share_shown(requested, asked["Not Requested"]),
		]
		found = run(year.manager, "Follow-up Timeliness", **filters)
		for quarter, row in zip(quarters, found["result"], strict=True):
			parts, cells = step_cells(cases, [quarter], held)
			those = in_quarter(cases, quarter)
			days = [whole(c.steps[held.name].done_on, c.event_on, days=1) for c in those if c.steps[held.name].status == "Done"]  # fmt: skip
			assert tuple(
				row[key] for key in ("in_time", "late", "waiting", "overdue", "share", "median")
			) == (
				cells["Done in Time"],
				cells["Done Late"],
				cells["Waiting"],
				cells["Overdue"],
				share_shown(cells["Done in Time"], cells["Done Late"], cells["Overdue"]),
				published_median(parts, days),
			)


def test_a_managers_other_choices_change_no_figure(year):
	"""Only whole published periods can be chosen: other filters are said to do nothing, and do nothing."""
	for report in REPORTS:
		plain = run(year.manager, report, **YEAR)
		for choice in (
			{"category": "Hot"},
			{"channel": "Telefon"},
			{"cases": 1},
			{"across": "Place"},
			{"party": year.parties[0]},
		):
			chosen = run(year.manager, report, **YEAR, **choice)
			assert (chosen["result"], chosen["chart"]) == (plain["result"], plain["chart"]), (report, choice)
			if set(choice) <= {"category", "channel", "cases", "across"}:
				assert chosen["message"] != plain["message"]
