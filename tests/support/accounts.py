"""Accounts as they would be after something that the tests do not wait for, and other ways to sign in to them."""

import base64
import secrets

import frappe
from in_process import site


def set_in_database(stack, person, **values):
	with site(stack):
		frappe.db.set_value("User", person.user, values)
		frappe.clear_cache(user=person.user)
		frappe.db.commit()


def token(stack, person, kind):
	"""An `Authorization` header of the person."""
	key, secret = secrets.token_hex(8), secrets.token_hex(8)
	with site(stack):
		user = frappe.get_doc("User", person.user)
		user.update({"api_key": key, "api_secret": secret}).save()
		if kind == "Bearer":
			client = frappe.get_doc(
				{
					"doctype": "OAuth Client",
					"app_name": key,
					"scopes": "all",
					"default_redirect_uri": "http://127.0.0.1",
					"redirect_uris": "http://127.0.0.1",
					"grant_type": "Authorization Code",
					"response_type": "Code",
				}
			).insert()
			frappe.get_doc(
				{
					"doctype": "OAuth Bearer Token",
					"client": client.name,
					"user": person.user,
					"access_token": key,
					"refresh_token": secret,
					"scopes": "all",
					"expires_in": 3600,
					"status": "Active",
				}
			).insert()
		frappe.db.commit()
	if kind == "Basic":
		return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()
	return f"Bearer {key}" if kind == "Bearer" else f"token {key}:{secret}"
