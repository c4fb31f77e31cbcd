from hot_rutin.routine.append_only import AppendOnly


class IncidentAccessLog(AppendOnly):
	"""One reading of a case: who, when, which case, by which way. No content."""
