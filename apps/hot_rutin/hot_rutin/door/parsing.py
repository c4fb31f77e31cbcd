"""A request as an endpoint and its parameters, whatever address, API version, verb or body it comes by; and the way back: what
the framework reads of it is replaced by what was judged."""

import json
from typing import NamedTuple
from urllib.parse import quote

import frappe
from werkzeug.datastructures import ImmutableMultiDict

# What a browser sends beside the parameters.
BESIDE = ("cmd", "csrf_token", "_", "_lang")


class Call(NamedTuple):
	"""What is asked for: `endpoint` is the name of a method, or of a page or resource form (`page printview`, `resource GET`)."""

	endpoint: str
	parameters: dict
	# What stands before the DocType or method in the address.
	prefix: tuple[str, ...] = ()


def read_call() -> Call:
	"""Return what the request asks for, without an endpoint where its address is none that one has. Raises `ValueError`."""
	parameters = {key: value for key, value in frappe.form_dict.items() if key not in BESIDE}
	path = frappe.request.path.strip("/")
	parts = path.split("/")
	called = frappe.form_dict.get("cmd")
	# Pages and resources are called by their addresses, and the framework goes by these.
	if " " in str(called):
		raise ValueError("not the name of a method")
	if parts[0] != "api" and called:
		return Call(str(called), parameters)  # whatever page the browser is at
	if parts[0] in ("private", "files"):
		return Call(f"page {parts[0]}", {"file_url": f"/{path}"})
	if parts[0] != "api":
		return Call(f"page {parts[0]}", {**parameters, "address": frappe.request.full_path})
	prefix = ("api", parts[1]) if parts[1:2] in (["v1"], ["v2"]) else ("api",)
	kind, *rest = parts[len(prefix) :] or [""]
	if kind == "method" and len(rest) in (1, 2) and called in (None, "", rest[0]) and " " not in rest[0]:
		# More stands in the address of one method only: which other system signs somebody in.
		provider = {"provider": rest[1]} if rest[1:] else {}
		return Call(rest[0], {**parameters, **provider}, (*prefix, kind))
	if called or kind != ("document" if "v2" in prefix else "resource") or not rest:
		return Call("", {})
	return _resource((*prefix, kind), rest[0], "/".join(rest[1:]), parameters)


def _resource(prefix, doctype, name, parameters):
	"""The second version of the API has the document in the parameters, the first in `data` or in a body of any type."""
	verb = {"HEAD": "GET", "PATCH": "PUT"}.get(frappe.request.method, frappe.request.method)
	named = {"doctype": doctype, **({"name": name} if name else {})}
	if verb in ("POST", "PUT"):
		document = parameters
		if "v2" not in prefix:
			document = parameters.get("data")
			body = frappe.request.get_data(as_text=True) if document is None else None
			document = from_json(body) if body and body.lstrip()[:1] == "{" else document or parameters
		parameters = {"doc": document}
	return Call(f"resource {verb}" if name else f"resource list {verb}", {**parameters, **named}, prefix)


def from_json(value):
	"""Return what a text holds as JSON; anything else as it is. Raises `ValueError`."""
	if not isinstance(value, str):
		return value
	try:
		return json.loads(value)
	except RecursionError:
		raise ValueError("too deep") from None


def replace_request(call: Call, parameters: dict) -> None:
	"""Put the judged parameters in the place of all that the framework would read of the request, its address included."""
	asked = {key: as_form(value) for key, value in parameters.items() if value is not None}
	if call.endpoint.startswith("resource"):
		place = [asked.pop(key) for key in ("doctype", "name") if key in asked]
		_set_path("/".join((*call.prefix, *place)))
		if "doc" in parameters:
			document = {key: value for key, value in parameters["doc"].items() if key != "doctype"}
			asked = document if "v2" in call.prefix else {"data": document}
	elif not call.endpoint.startswith("page"):
		asked["cmd"] = call.endpoint
		if call.prefix:
			provider = [asked.pop("provider")] if "provider" in asked else []
			_set_path("/".join((*call.prefix, call.endpoint, *provider)))
	frappe.local.form_dict = frappe._dict(asked)
	frappe.request.args = frappe.request.form = frappe.request.values = ImmutableMultiDict(asked)


def as_form(value):
	"""As a form sends it: lists and objects as JSON."""
	value = int(value) if isinstance(value, bool) else value
	return json.dumps(value) if isinstance(value, list | tuple | dict) else value


def _set_path(path):
	# Public attributes of WSGI and of Werkzeug's request: version 16 reads the one, 15 the other.
	frappe.request.path = f"/{path}"
	frappe.request.environ["PATH_INFO"] = f"/{path}".encode().decode("latin-1")
	frappe.request.environ["RAW_URI"] = frappe.request.environ["REQUEST_URI"] = quote(f"/{path}")
