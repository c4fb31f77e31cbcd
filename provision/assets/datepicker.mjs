// Stands in for air-datepicker's own script. Frappe is written for a fork of it, which no registry has: the fork can set
// seconds, and Frappe hides that part where the time format has none. Without it every field with a time throws.

import "air-datepicker/dist/js/datepicker.js";

const { Timepicker, language } = window.jQuery.fn.datepicker;
const build = Timepicker.prototype._buildHTML;

Timepicker.prototype._buildHTML = function () {
	build.call(this);
	this.$seconds = this.$secondsText = window.jQuery();
};

language.sv = {
	days: ["söndag", "måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag"],
	daysShort: ["sön", "mån", "tis", "ons", "tors", "fre", "lör"],
	daysMin: ["sö", "må", "ti", "on", "to", "fr", "lö"],
	months: [
		"januari", "februari", "mars", "april", "maj", "juni",
		"juli", "augusti", "september", "oktober", "november", "december",
	],
	monthsShort: ["jan", "feb", "mars", "apr", "maj", "juni", "juli", "aug", "sep", "okt", "nov", "dec"],
	today: "I dag",
	clear: "Rensa",
	dateFormat: "yyyy-mm-dd",
	timeFormat: "hh:ii",
	firstDay: 1,
};
