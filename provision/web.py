"""The WSGI application that gunicorn serves: Frappe, with its static files, for every host name that reaches us.

Runs in the bench's Python environment with the sites folder as its working directory. It takes the place of Frappe's
own `frappe serve`, which is a development server with a debugger, and of the nginx that a production bench has before it."""

import gzip
import io
import os
import secrets
from functools import lru_cache
from pathlib import Path

import frappe.app
from werkzeug.middleware.shared_data import SharedDataMiddleware
from werkzeug.wrappers import Request, Response
from whitenoise import WhiteNoise

SITES = os.path.abspath(".")
ASSETS = Path(SITES, "assets")
DEFAULT_SITE = frappe.get_site_config(sites_path=SITES).default_site

# What Frappe's production set-up has its front server add to every answer.
HEADERS = [("X-Frame-Options", "SAMEORIGIN"), ("X-Content-Type-Options", "nosniff")]

# A bundle's name holds a hash of its content: esbuild's, or our builder's.
NAMED_BY_CONTENT = r"/dist/.+\.[0-9A-Z]{8}\.(js|css)$"
OTHER_ASSETS_SECONDS = 3600

COMPRESSED_TYPES = {"application/javascript", "application/json", "text/html", "text/javascript"}
COMPRESSED_FROM_BYTES = 500
# An answer's length, which an eavesdropper on TLS sees, tells whether a text they brought into it is like a secret in it
# (BREACH). So each is longer by up to so many bytes by chance, in the file name of gzip's header: Django's remedy.
LENGTH_NOISE_BYTES = 100


def site_of(environ):
	"""The site that a request is for: the one its Host names, else the default site (127.0.0.1, a bare machine name)."""
	host = environ.get("HTTP_HOST", "").rsplit(":", 1)[0].lower()
	if host and os.sep not in host and os.path.exists(os.path.join(SITES, host, "site_config.json")):
		return host
	return DEFAULT_SITE


def compressed(environ, start_response):
	"""Frappe's answer; a page or data as gzip, if the client takes it. Files go out as they are."""
	response = Response.from_app(frappe.app.application, environ)
	if (
		response.mimetype in COMPRESSED_TYPES
		and environ["REQUEST_METHOD"] != "HEAD"
		and not environ["PATH_INFO"].startswith("/private/")
		and not {"Content-Disposition", "Content-Encoding"}.intersection(response.headers.keys())
		and len(content := response.get_data()) >= COMPRESSED_FROM_BYTES
	):
		response.vary.add("Accept-Encoding")
		if Request(environ).accept_encodings.quality("gzip") > 0:
			response.set_data(gzipped(content))
			response.content_encoding = "gzip"
	return response(environ, start_response)


def gzipped(content):
	"""The bytes as gzip, of a length that does not tell theirs exactly."""
	noise = "x" * secrets.randbelow(LENGTH_NOISE_BYTES)
	packed = io.BytesIO()
	with gzip.GzipFile(noise, "wb", compresslevel=6, fileobj=packed, mtime=0) as file:
		file.write(content)
	return packed.getvalue()


@lru_cache(maxsize=64)
def _with_files_of(site):
	# Of the assets, what is not listed below: the libraries, and what has been built since we started.
	return SharedDataMiddleware(
		compressed, {"/assets": str(ASSETS), "/files": os.path.join(SITES, site, "public", "files")}
	)


def _answer(environ, start_response):
	site = site_of(environ)
	# Ours, whatever the client sent: Frappe takes this header for the site's name.
	environ["HTTP_X_FRAPPE_SITE_NAME"] = site
	return _with_files_of(site)(environ, start_response)


def _with_assets():
	"""Every app's public files, with the .br and .gz that the builder has put beside its bundles."""
	listed = WhiteNoise(
		_answer,
		max_age=OTHER_ASSETS_SECONDS,
		immutable_file_test=NAMED_BY_CONTENT,
		allow_all_origins=False,
	)
	for folder in ASSETS.glob("*/*"):
		# 16,000 files, of which the desk fetches a few by name, seldom.
		if folder.is_dir() and folder.name != "node_modules":
			listed.add_files(folder, str(folder.relative_to(SITES)))
	return listed


_application = _with_assets()


def application(environ, start_response):
	"""Answer one request, for the site that its Host means."""

	def start(status, headers, exc_info=None):
		return start_response(status, headers + HEADERS, exc_info)

	return _application(environ, start)
