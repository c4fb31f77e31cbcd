"""Files, as the desk uploads them."""


def attach(person, case, name="brev.txt", content=b"Ett brev", **values):
	"""Attach a file to the incident, as the desk does."""
	return person.desk.post(
		"/api/method/upload_file",
		data={"doctype": "Incident", "docname": case.name, "is_private": "1", **values},
		files={"file": (name, content)},
	)


def upload(desk, name, content, **place):
	return desk.post("/api/method/upload_file", data=place, files={"file": (name, content)})
