"""Texts of cases in the desk: they are evidence, so any may hold markup. It is stored and shown to the letter, and drawn as text.

The desk puts what it is sent into its pages as HTML: read-only fields, cells of tables, lists. So on its way there each sign
that would begin a tag or a character reference gets a variation selector, which makes plain text of it for every parser of
HTML, is invisible, and belongs to the sign before it wherever a text is edited. On its way back it is taken away. What other
programs ask for (`/api/resource`, `frappe.client.get`, exports) holds texts as they are stored.
"""

import json
import re

# Variation selector 15: "as text".
AS_TEXT = "\ufe0e"
# Where the HTML standard leaves plain text (13.2.5.6 tag open state, 13.2.5.72 character reference state), and what has been marked.
OPENING = re.compile(rf"[<&](?={AS_TEXT}*[A-Za-z/!?#])")
MARKED = re.compile(rf"([<&]){AS_TEXT}(?={AS_TEXT}*[A-Za-z/!?#])")


def as_text(value):
	"""Return `value` with all texts in it, at whatever depth, in the form that no browser takes for markup."""
	return _changed(value, lambda text: OPENING.sub(rf"\g<0>{AS_TEXT}", text))


def as_stored(value):
	"""Return what `as_text` was given. A text that held a variation selector there by itself has it again."""
	return _changed(value, lambda text: MARKED.sub(r"\1", text))


def as_stored_parameters(parameters: dict) -> dict:
	"""Return the parameters of a method as they are to be judged, compared and stored. Raises `ValueError`."""
	# These hold a document, or its fields, as JSON, which may write any sign as `\u....`.
	sent = {key: parameters.get(key) for key in ("doc", "fieldname")}
	whole = {
		key: json.loads(text)
		for key, text in sent.items()
		if isinstance(text, str) and text.lstrip()[:1] == "{"
	}
	return as_stored({**parameters, **whole})


def show_as_text(response, key: str) -> None:
	"""Let what stands under `key` in an answer be drawn as text."""
	answer = response.get_json() if response.is_json else {}
	if key in answer:
		answer[key] = as_text(answer[key])
		response.set_data(json.dumps(answer, separators=(",", ":")))


def _changed(value, change):
	if isinstance(value, dict):
		return {key: _changed(inner, change) for key, inner in value.items()}
	if isinstance(value, list):
		return [_changed(inner, change) for inner in value]
	return change(value) if isinstance(value, str) else value
