import frappe
from frappe import _
from frappe.model.document import Document

from hot_rutin.accounts.changes import note
from hot_rutin.case.validation import check_days, check_texts


class ElectedRepresentative(Document):
	"""A förtroendevald: the party they belong to today, their account, and the proxies they have chosen."""

	def validate(self):
		check_texts(self)
		check_days(self.proxies)

	def on_update(self):
		before = self.get_doc_before_save()
		if before and before.user and before.user != self.user:
			frappe.defaults.clear_user_default("exposed_representative", before.user)
		earlier = before.user if before else None
		if earlier != self.user:
			# Whose account it is opens the cases of this person.
			for user, change in (
				(earlier, _("Is no longer the account of {0}", lang="sv")),
				(self.user, _("Is the account of {0}", lang="sv")),
			):
				if user:
					note(user, change.format(self.full_name))
		if self.user and before and before.party != self.party:
			# That party's officers read what this person reports from now on.
			note(self.user, _("Belongs to {0}", lang="sv").format(self.party))
		if self.user:
			# A new report by the representative is filled in with who they are.
			frappe.defaults.set_user_default("exposed_representative", self.name, self.user)
