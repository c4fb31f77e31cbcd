"""`channel` and `perpetrator` were choices in English; their values are the municipality's own data now, named as they are shown."""

import frappe

NAMES = {
	"channel": {
		"In Person": "Personligen",
		"Phone": "Telefon",
		"Letter or Parcel": "Brev eller paket",
		"E-mail": "E-post",
		"Social Media": "Sociala medier",
		"Other": "Annat",
	},
	"perpetrator": {
		"Unknown": "Okänd",
		"Known by Name": "Känd till namnet",
		"Known by Sight": "Känd till utseendet",
		"Group or Organisation": "Grupp eller organisation",
	},
}


def execute():
	for field, names in NAMES.items():
		for before, now in names.items():
			# db.set_value: the case is not changed, only the word for what stands in it.
			frappe.db.set_value("Incident", {field: before}, field, now, update_modified=False)
			frappe.db.set_value(
				"Published Figure",
				{"subject": "Axis", "item": field.title(), "cell": before},
				"cell",
				now,
				update_modified=False,
			)
