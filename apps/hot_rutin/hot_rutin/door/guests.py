"""How often visitors who have not signed in may call."""

from contextlib import suppress
from time import time

import frappe
from frappe import _
from redis.exceptions import ConnectionError


def limit_guests(endpoint: str, a_minute: int) -> None:
	"""Raise `frappe.TooManyRequestsError` where an endpoint has been called from one address, which may be a whole municipality's,
	as often as it may be in this minute. The site's `hot_rutin_guest_calls` may say otherwise, by the endpoint's name."""
	limit = (frappe.conf.hot_rutin_guest_calls or {}).get(endpoint, a_minute)
	# The address that the nearest proxy has seen: those before it are what the client says.
	key = frappe.cache.make_key(f"guests|{endpoint}|{frappe.request.access_route[-1:]}|{int(time() // 60)}")
	with suppress(ConnectionError):  # Redis may be down for a moment
		calls = frappe.cache.incr(key)
		frappe.cache.expire(key, 60)
		if calls > limit:
			frappe.throw(
				_("That was too often. Wait a minute and try again."),
				frappe.TooManyRequestsError,
				title=_("Too Often"),
			)
