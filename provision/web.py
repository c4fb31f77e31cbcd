"""The WSGI application that gunicorn serves: Frappe, with its static files, for every host name that reaches us.

Runs in the bench's Python environment with the sites folder as its working directory. It takes the place of Frappe's
own `frappe serve`, which is a development server with a debugger."""

import os
from functools import lru_cache

import frappe.app
from werkzeug.middleware.shared_data import SharedDataMiddleware

SITES = os.path.abspath(".")
DEFAULT_SITE = frappe.get_site_config(sites_path=SITES).default_site

# What Frappe's production set-up has its front server add to every answer.
HEADERS = [("X-Frame-Options", "SAMEORIGIN"), ("X-Content-Type-Options", "nosniff")]


def site_of(environ):
	"""The site that a request is for: the one its Host names, else the default site (127.0.0.1, a bare machine name)."""
	host = environ.get("HTTP_HOST", "").rsplit(":", 1)[0].lower()
	if host and os.sep not in host and os.path.exists(os.path.join(SITES, host, "site_config.json")):
		return host
	return DEFAULT_SITE


@lru_cache(maxsize=64)
def _with_files_of(site):
	return SharedDataMiddleware(
		frappe.app.application,
		{
			"/assets": os.path.join(SITES, "assets"),
			"/files": os.path.join(SITES, site, "public", "files"),
		},
	)


def application(environ, start_response):
	"""Answer one request, for the site that its Host means."""
	site = site_of(environ)
	# Ours, whatever the client sent: Frappe takes this header for the site's name.
	environ["HTTP_X_FRAPPE_SITE_NAME"] = site

	def start(status, headers, exc_info=None):
		return start_response(status, headers + HEADERS, exc_info)

	return _with_files_of(site)(environ, start)
