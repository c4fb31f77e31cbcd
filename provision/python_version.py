"""Which Python can be used. Written for any Python 3, or the wrong one could not be told so."""

OLDEST, NEWEST = (3, 10), (3, 12)


def error(version):
	"""What is wrong with this version (as sys.version_info), or None."""
	if OLDEST <= tuple(version[:2]) <= NEWEST:
		return None
	return (
		"This needs Python 3.10, 3.11 or 3.12, and python3 here is {}.{}. "
		"Name another one, if there is: make start PYTHON=python3.11"
	).format(*version[:2])
