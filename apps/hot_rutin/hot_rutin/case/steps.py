"""What the record says of each step of the routine: pure functions, no site needed.

A case is anything with the fields of `Incident`, its `Police Report`s and its `Follow-up`. Each kind of evidence that
a `Routine Step` may name has one function here, which returns what the record proves: that the step is done, that it
is not needed, or nothing.
"""

from dataclasses import dataclass
from datetime import datetime

WAITING, DONE, NOT_NEEDED = "Waiting", "Done", "Not Needed"

TARGET_GROUPS = ("Party Colleagues", "Other Representatives", "Employees")


@dataclass(frozen=True)
class Case:
	"""The documents of one case. `police_report` is the one that counts: filed, or else the latest."""

	incident: object
	police_report: object | None = None
	follow_up: object | None = None


@dataclass(frozen=True)
class Outcome:
	"""What the record proves about a step: done when and by whom (account or signature), or not needed for which reason."""

	status: str
	on: datetime | None = None
	by: str | None = None
	reason: str | None = None


def wording(step) -> str:
	"""Return what a `Routine Step` is called. Whoever is outside a case is told this, and never what stands in a row of it."""
	return f"{step.step_number} {step.title}"


def reported(case):
	"""3.1.1: the exposed person or their proxy has informed the party's officer. The report itself does."""
	incident = case.incident
	return Outcome(DONE, incident.reported_on, incident.reported_by) if incident.reported_on else None


def assessed(case):
	"""3.1.1: the exposed person and the officer have made an assessment together."""
	return _first_done(case.incident.assessments, "assessed_on", lambda row: row.made_together)


def strategist_contacted(case):
	"""3.1.1: the strategist has been contacted; not needed where the assessment says so."""
	incident = case.incident
	if incident.strategist_contacted_on:
		return Outcome(DONE, incident.strategist_contacted_on, incident.strategist_contacted_by)
	if strategist_needed(incident) == "No":
		return Outcome(NOT_NEEDED, reason="The assessment says that the strategist is not needed")


def police_contacted(case):
	"""3.1.2: the strategist has contacted the police and stated the political link."""
	incident = case.incident
	done = _first_done(incident.police_contacts, "contacted_on", lambda row: row.political_link_stated)
	if done:
		return done
	# The strategist contacts the police where the assessment calls them in, not where they only order support (3.2.4).
	if strategist_needed(incident) == "No" and incident.police_decision != "Yes":
		return Outcome(NOT_NEEDED, reason="The assessment says that the strategist is not needed")


def police_report_filed(case):
	"""3.1.3: the director has filed the police report; not needed where the exposed person decided against it."""
	report = _filed(case)
	if report:
		return Outcome(DONE, report.filed_on, report.filed_by)
	if case.incident.police_decision in ("No", "Taken Back"):
		return Outcome(NOT_NEEDED, reason="The exposed person decided against a police report")


def protected_access_requested(case):
	"""3.1.3: the report was asked to be protected; not needed where the director gave a reason."""
	report = _filed(case)
	if report and report.protected_access == "Not Requested":
		return Outcome(NOT_NEEDED, reason=report.protected_access_reason)
	return police_report_filed(case)


def political_link_stated(case):
	"""3.1.3: the political link was stated in the report."""
	report = _filed(case)
	if report and not report.political_link_stated:
		return None
	return police_report_filed(case)


def initial_support(case):
	"""3.2.1: initial support, so that the exposed person is not left alone."""
	return _support(case, "Initial Support")


def support_person(case):
	"""3.2.1: a support person whom the exposed person chose."""
	return _support(case, "Support Person")


def company_to_care(case):
	"""3.2.2: company on the way to care and while waiting for it."""
	return _company(case, "To and While Awaiting Care")


def company_home(case):
	"""3.2.2: company on the way home or to another place."""
	return _company(case, "To Home or Another Place")


def company_waiting(case):
	"""3.2.2: company at home until the support person has come."""
	return _company(case, "At Home Awaiting the Support Person")


def target_groups_informed(case):
	"""3.2.3: what was told to target groups is approved by both officer and strategist, and sent."""
	return _informed(case, TARGET_GROUPS, ("approved_by_officer", "approved_by_strategist"))


def media_informed(case):
	"""3.2.3: what was told to mass media is approved by the officer, and sent."""
	return _informed(case, ("Mass Media",), ("approved_by_officer",))


def conversation_held(case):
	"""3.2.4: the initial follow-up conversation is held."""
	first = first_conversation(case.follow_up)
	return Outcome(DONE, first.held_on, first.owner) if first else None


def conversation_documented(case):
	"""3.2.4: the initial conversation is documented."""
	first = first_conversation(case.follow_up)
	return Outcome(DONE, first.documented_on, first.documented_by) if first and first.notes else None


def further_conversation_assessed(case):
	"""3.2.4: the need of further conversations is assessed and documented."""
	return case.follow_up and _first_done(case.follow_up.further_conversations, "assessed_on")


def support_need_answered(case):
	"""3.2.4: the exposed person has answered, in consultation, whether they need professional support."""
	need = latest_need(case.follow_up)
	return Outcome(DONE, need.answered_on, need.answered_by) if need else None


def support_ordered(case):
	"""3.2.4: professional support is ordered and called off; not needed where the exposed person says so."""
	need = latest_need(case.follow_up)
	if need and need.answer == "No":
		return Outcome(NOT_NEEDED, reason="The exposed person does not need professional support")
	if case.follow_up:
		return _first_done(case.follow_up.support_orders, "called_off_on", lambda row: row.called_off_on)


# Evidence that a `Routine Step` may name -> what reads it from the record.
EVIDENCE = {
	"Report": reported,
	"Assessment": assessed,
	"Strategist Contact": strategist_contacted,
	"Police Contact": police_contacted,
	"Police Report Filed": police_report_filed,
	"Protected Access": protected_access_requested,
	"Political Link": political_link_stated,
	"Initial Support": initial_support,
	"Support Person": support_person,
	"Company to Care": company_to_care,
	"Company Home": company_home,
	"Company Waiting": company_waiting,
	"Target Groups Informed": target_groups_informed,
	"Media Informed": media_informed,
	"Conversation": conversation_held,
	"Conversation Documented": conversation_documented,
	"Further Conversation": further_conversation_assessed,
	"Support Need": support_need_answered,
	"Support Order": support_ordered,
}


def outcome(evidence: str | None, case: Case) -> Outcome | None:
	"""Return what the record of `case` proves for a step with this `evidence`, or None: it is waiting."""
	return EVIDENCE[evidence](case) if evidence else None


def contradicts_not_needed(evidence: str | None, case: Case) -> str | None:
	"""Return why (in English) the record contradicts that a waiting step is not needed, or None."""
	if evidence == "Strategist Contact" and strategist_needed(case.incident) == "Yes":
		return "The assessment says that the strategist is needed"
	groups = {"Target Groups Informed": TARGET_GROUPS, "Media Informed": ("Mass Media",)}.get(
		evidence or "", ()
	)
	if any(row.target_group in groups for row in case.incident.information_notices):
		return "Information is being prepared; approve and send it, or remove the row"
	return None


def first_conversation(follow_up):
	"""Return the earliest conversation held, or None."""
	held = [row for row in (follow_up.conversations if follow_up else []) if row.held_on]
	return min(held, key=lambda row: row.held_on, default=None)


def latest_need(follow_up):
	"""Return the answer recorded last, or None: not one before it either, where it is not discussed with anybody yet."""
	answered = [row for row in (follow_up.support_needs if follow_up else []) if row.answer]
	last = max(answered, key=lambda row: (str(row.answered_on), row.idx), default=None)
	return last if last and last.consulted_with else None


def latest_decision(incident) -> str | None:
	"""Return the decision about a police report that holds now, or None: the one recorded last (see `CaseDocument.sign_rows`),
	so that the exposed person's own word outranks one recorded for them before it, whatever times were typed."""
	return incident.police_decisions[-1].decision if incident.police_decisions else None


def strategist_needed(incident) -> str | None:
	"""Return whether the assessment recorded last says that the strategist is needed (`Yes`, `No`), or None."""
	return incident.assessments[-1].strategist_needed if incident.assessments else None


def _filed(case):
	return case.police_report if case.police_report and case.police_report.workflow_state == "Filed" else None


def _support(case, kind):
	return _first_done(case.incident.support_contacts, "from_time", lambda row: row.kind == kind)


def _company(case, kind):
	return _first_done(case.incident.accompaniments, "from_time", lambda row: row.kind == kind)


def _informed(case, groups, approvals):
	notices = [row for row in case.incident.information_notices if row.target_group in groups]
	if notices and all(row.sent_on and all(row.get(approval) for approval in approvals) for row in notices):
		last = max(notices, key=lambda row: row.sent_on)
		return Outcome(DONE, last.sent_on, last.owner)
	return None


def _first_done(rows, time, condition=lambda row: True):
	proving = [row for row in rows if row.get(time) and condition(row)]
	first = min(proving, key=lambda row: row.get(time), default=None)
	return Outcome(DONE, first.get(time), first.owner) if first else None
