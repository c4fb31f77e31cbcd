"""Write the account beside the name in a signature, where the row itself tells whose it is: names could be changed by anybody.

Of the others only the name is known, which may have been another's: they stay as they are.
"""

import frappe

SIGNED_BY_THE_OWNER = {"Incident": "reported_by", "Police Decision": "recorded_by", "Masked Copy": "made_by"}


def execute():
	for doctype, field in SIGNED_BY_THE_OWNER.items():
		# Raw SQL: the name is kept as it was signed, for each row beside its own owner.
		frappe.db.sql(
			f"""update `tab{doctype}` set `{field}` = concat(left(`{field}`, 117 - least(length(owner), 117)), ' (', owner, ')')
			where ifnull(`{field}`, '') not in ('', owner) and `{field}` not like '% (%@%)'"""
		)
