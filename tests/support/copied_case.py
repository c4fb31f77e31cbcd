"""A case's rows, copied in the database under new names: what playing the case once more would leave, in a fraction of the time.

`test_world.py` proves that it is the same.
"""

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

import frappe
from in_process import site

CODE = re.compile(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}")


@dataclass
class Rows:
	"""What stands in the database of one case, as it was at a moment."""

	code: str
	at: datetime
	tables: dict = field(default_factory=dict)  # table -> [row]

	def names(self):
		return {row["name"] for rows in self.tables.values() for row in rows}


def rows_of(stack, name):
	"""The case's rows: all that hold its code, and the rows of tables in these."""
	with site(stack):
		found = Rows(CODE.search(name)[0], frappe.utils.now_datetime())
		for table, (columns, _is_child) in _tables(stack).items():
			holds = " or ".join(f"`{column}` like %(code)s" for column in columns)
			if rows := frappe.db.sql(
				f"select * from `{table}` where {holds}", {"code": f"%{found.code}%"}, as_dict=True
			):
				found.tables[table] = rows
		held = tuple(found.names())
		for table, (_columns, is_child) in _tables(stack).items():
			if is_child:
				rows = frappe.db.sql(f"select * from `{table}` where parent in %s", (held,), as_dict=True)
				known = {row["name"] for row in found.tables.get(table, [])}
				if new := [row for row in rows if row["name"] not in known]:
					found.tables.setdefault(table, []).extend(new)
	return found


@cache
def _tables(stack):
	"""Every table of documents: its columns that hold text, and whether it is of rows within documents."""
	found = {}
	for table, column in frappe.db.sql(
		"select table_name, column_name from information_schema.columns where table_schema = database()"
		" and table_name like 'tab%%' and data_type in ('varchar', 'text', 'mediumtext', 'longtext')"
		" and table_name in (select table_name from information_schema.columns where column_name = 'name'"
		" and table_schema = database())"
	):
		found.setdefault(table, []).append(column)
	return {table: (columns, "parent" in columns) for table, columns in found.items()}


def insert_copy(stack, rows):
	"""Store the rows as those of another case, moved in time as if it had been played now. Returns the case's new name."""
	new = {rows.code: _new_code()}
	for of_table in rows.tables.values():
		for row in of_table:
			if not CODE.search(str(row["name"])):
				new[str(row["name"])] = (
					str(secrets.randbelow(2**53))
					if str(row["name"]).isdigit()
					else secrets.token_hex(len(row["name"]))[: len(row["name"])]
				)
			if row.get("message_id"):
				new[row["message_id"]] = f"{secrets.token_hex(16)}@copied"
			if marked := re.fullmatch(r"Hot per telefon (\w{8})", row.get("what_happened") or ""):
				new[marked[1]] = secrets.token_hex(4)
	old = re.compile("|".join(map(re.escape, sorted(new, key=len, reverse=True))))

	def changed(value):
		if isinstance(value, str):
			return old.sub(lambda found: new[found[0]], value)
		if isinstance(value, datetime):
			return value + later
		return int(new[str(value)]) if value and str(value) in new else value

	with site(stack):
		# Whole minutes, which forms show times in.
		later = timedelta(minutes=(frappe.utils.now_datetime() - rows.at) // timedelta(minutes=1))
		for table, of_table in rows.tables.items():
			columns = ", ".join(f"`{column}`" for column in of_table[0])
			marks = ", ".join(["%s"] * len(of_table[0]))
			for row in of_table:
				frappe.db.sql(
					f"insert into `{table}` ({columns}) values ({marks})",
					tuple(changed(row[column]) for column in row),
				)
		frappe.db.commit()
	return f"H-{new[rows.code]}"


def _new_code():
	letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	return "-".join("".join(secrets.choice(letters) for _four in range(4)) for _twice in range(2))
