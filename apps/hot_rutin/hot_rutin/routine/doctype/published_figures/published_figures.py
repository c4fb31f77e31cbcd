from hot_rutin.routine.append_only import AppendOnly


class PublishedFigures(AppendOnly):
	"""What managers read of one period: figures in which no cell under five is shown or follows (see `disclosure`)."""
