"""Why a step or a route is open to somebody, in the words of a page."""

from typing import Any

from firstmile.kernel.languages import N_
from firstmile.onboarding.explaining.decisions import Explanation, Finding, What
from firstmile.onboarding.models import Journey, StepBlockedNow
from firstmile.web.step_words import ROLES, STATUSES, StepWords

# A finding as it is told when it holds and when it does not.
TOLD = {
    What.ALL: (N_("All of these hold"), N_("Not all of these hold")),
    What.ANY: (N_("One of these holds"), N_("None of these holds, and one would have to")),
    What.NONE: (N_("None of these holds"), N_("One of these holds, and none may")),
    What.ROUTE: (N_("The gate over %(name)s is open"), N_("The gate over %(name)s is closed")),
    What.ROLE: (N_("Their role fits"), N_("Their role does not fit")),
    What.MARKET: (N_("Their market fits"), N_("Their market does not fit")),
    What.ATTRIBUTE: (N_("%(name)s fits"), N_("%(name)s does not fit")),
    What.SHARE: (N_("In the share"), N_("Not in the share")),
    What.STEP: (N_("“%(name)s” is settled"), N_("“%(name)s” is not settled")),
    What.PROJECT: (
        N_("It is a step of their project “%(name)s”"),
        N_("It is a step of a project, and they are in none"),
    ),
    What.NOT_FOR_THEM: (
        N_("“%(name)s” is not for them, so it stands in nobody’s way"),
        N_("“%(name)s” is not for them"),
    ),
}
# Of who has no role yet: a step gives them one, or nothing does.
NO_ROLE = (N_("They have no role yet, and may still get one"), TOLD[What.ROLE][1])


class ExplainWords(StepWords):
    """Says a decision in one language."""

    def explanation(self, told: Explanation, journey: Journey) -> dict[str, Any]:
        """A decision as templates know it."""
        refusal = told.refusal
        ahead = refusal.next_step if isinstance(refusal, StepBlockedNow) else None
        return {
            "is_open": told.is_open,
            "is_off": told.is_off,
            "step": told.step.title(self.language) if told.step else None,
            "status": self.say(STATUSES[journey.status(told.step)])
            if told.step and journey.traveller.may_take(told.step)
            else None,
            "paths": list(told.paths),
            "code": refusal.error if refusal else None,
            "message": self.say(refusal.message) if refusal else None,
            "next": self._step(journey, ahead) if ahead else None,
            "findings": [self._finding(journey, part) for part in told.finding.parts],
        }

    def _finding(self, journey: Journey, one: Finding) -> dict[str, Any]:
        yes, no = TOLD[one.what] if one.what is not What.ROLE or one.has else NO_ROLE
        reason = None if one.holds else one.reason
        step = reason.step if reason else None
        return {
            "holds": one.holds,
            "words": self.say(yes if one.holds else no, name=self._name(journey, one)),
            "asked": self._asked(one),
            "has": self._has(one),
            "own": (reason.words.get(self.language) or reason.words.get("en")) if reason else None,
            "fix": reason.href if reason else None,
            "fix_name": self._step(journey, step)["title"] if step else None,
            "step": one.name if one.what is What.STEP else None,
            "parts": [self._finding(journey, part) for part in one.parts],
        }

    def _name(self, journey: Journey, one: Finding) -> str:
        if one.what is What.STEP:
            return str(self._step(journey, one.name)["title"])
        if one.what is What.NOT_FOR_THEM:
            return self.listed([str(self._step(journey, key)["title"]) for key in one.asked])
        return one.name

    def _asked(self, one: Finding) -> str | None:
        if one.what is What.ROLE:
            return self.listed([self._role(role) for role in one.asked], style="or")
        if one.what is What.MARKET:
            return self.listed([self.market(code) for code in one.asked], style="or")
        if one.what in (What.ATTRIBUTE, What.SHARE) and one.when is not None:
            return self.condition(one.when)
        return None

    def _has(self, one: Finding) -> str | None:
        if one.what is What.ROLE:
            return self.listed([self._role(role) for role in one.has]) or self.say(N_("no role"))
        if one.what is What.MARKET:
            return self.listed([self.market(code) for code in one.has]) or self.say(N_("no market"))
        if one.what is What.STEP:
            names = {str(status): name for status, name in STATUSES.items()}
            return self.listed([self.say(names[status]) for status in one.has])
        if one.what is What.ATTRIBUTE:
            return self.listed([self.value(value) for value in one.has]) or self.say(
                N_("nothing known")
            )
        return None

    def _role(self, role: str) -> str:
        return self.say(ROLES[role]) if role in ROLES else role

    def _step(self, journey: Journey, key: str) -> dict[str, str]:
        found = next((one for one in journey.definitions if one.key == key), None)
        return {"key": key, "title": found.title(self.language) if found else key}
