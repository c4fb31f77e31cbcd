"""Frappe in the process of the tests: a connection to the site, and the web application, called without a socket and another
process between where a test is not about HTTP itself. What a test patches is patched for the application too."""

import contextvars
import io
import sys
from contextlib import contextmanager
from http.client import HTTPMessage
from types import SimpleNamespace
from urllib.parse import unquote_to_bytes, urlsplit

import frappe
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from werkzeug.local import release_local
from werkzeug.wsgi import ClosingIterator


@contextmanager
def site(stack):
	"""Frappe in process, as the installer. What is not committed is rolled back."""
	# What a test has open already is put aside, and back afterwards.
	outer = dict(frappe.local)
	release_local(frappe.local)
	frappe.init(site=stack.site, sites_path=str(stack.sites))
	frappe.connect()
	try:
		yield frappe
	finally:
		frappe.db.rollback()
		frappe.destroy()
		for name, value in outer.items():
			setattr(frappe.local, name, value)


class InProcess(HTTPAdapter):
	"""Answers a session's requests by a WSGI application."""

	def __init__(self, application):
		super().__init__()
		self.application = application

	def send(self, request, **_options):
		# Frappe keeps all that it knows of a request in context variables: in a context of its own, as a thread of the web
		# server is, it leaves alone what the test has open.
		status, headers, body = contextvars.Context().run(self._answer, _environ(request))
		message = HTTPMessage()
		for name, value in headers:
			message[name] = value
		code, _space, reason = status.partition(" ")
		raw = HTTPResponse(
			io.BytesIO(b"" if request.method == "HEAD" else body),
			headers,
			int(code),
			reason=reason,
			preload_content=False,
			request_method=request.method,
			# Where `requests` looks for cookies.
			original_response=SimpleNamespace(msg=message, isclosed=lambda: True, close=lambda: None),
		)
		return self.build_response(request, raw)

	def _answer(self, environ):
		begun = []

		def start_response(status, headers, exc_info=None):
			begun[:] = status, headers

		answer = ClosingIterator(self.application(environ, start_response))
		try:
			body = b"".join(answer)
		finally:
			answer.close()
		return *begun, body


def _environ(request):
	"""A prepared request as gunicorn tells an application of it (PEP 3333)."""
	path, _mark, query = request.path_url.partition("?")
	body = request.body or b""
	if isinstance(body, str):
		body = body.encode()
	where = urlsplit(request.url)
	environ = {
		"REQUEST_METHOD": request.method,
		"SCRIPT_NAME": "",
		"PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
		"QUERY_STRING": query,
		"RAW_URI": request.path_url,
		"SERVER_NAME": where.hostname,
		"SERVER_PORT": str(where.port or 80),
		"SERVER_PROTOCOL": "HTTP/1.1",
		"REMOTE_ADDR": "127.0.0.1",
		"wsgi.version": (1, 0),
		"wsgi.url_scheme": where.scheme,
		"wsgi.input": io.BytesIO(body),
		"wsgi.errors": sys.stderr,
		"wsgi.multithread": True,
		"wsgi.multiprocess": False,
		"wsgi.run_once": False,
	}
	for name, value in request.headers.items():
		key = name.upper().replace("-", "_")
		value = value.decode("latin-1") if isinstance(value, bytes) else value
		environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
	environ["CONTENT_LENGTH"] = str(len(body))
	return environ
