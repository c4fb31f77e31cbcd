from hot_rutin.routine.append_only import AppendOnly


class AccessChange(AppendOnly):
	"""Somebody was given or lost a way to cases: a role, or a party's officer. Told to strategists and auditors."""
