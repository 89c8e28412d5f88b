"""Guidance in the words of a page: kinds, findings, acts and verdicts."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from firstmile.guidance.attention import Tips
from firstmile.guidance.explaining import Verdict
from firstmile.guidance.lint import Finding, Level
from firstmile.guidance.models import Act, Content, Delivery, Kind, Times, in_language
from firstmile.guidance.noting import Happened
from firstmile.kernel.languages import LANGUAGES, N_
from firstmile.rich_text.reading import read
from firstmile.rich_text.showing import html_of
from firstmile.web.condition_words import NUMBERED, advised
from firstmile.web.flag_words import Words
from firstmile.web.guidance_places import called, field_of
from firstmile.web.moments import on
from firstmile.web.profile import TIPS

KINDS = {
    Kind.TIP: N_("Tip"),
    Kind.TOUR: N_("Tour"),
    Kind.ANNOUNCEMENT: N_("Announcement"),
    Kind.GATE: N_("Gate"),
}
DELIVERIES = {
    Delivery.TOOLTIP: N_("Tooltip, at its target"),
    Delivery.INLINE: N_("Inline, in the page"),
    Delivery.BANNER: N_("Banner, at the top"),
    Delivery.POPUP: N_("Popup, which interrupts"),
}
TIMES = {
    Times.UNTIL_INTERACTED: N_("Until they do something with it"),
    Times.ONCE: N_("Once"),
    Times.EVERY: N_("Again after some days"),
}
ACTS = {
    Act.PUBLISHED: N_("Published version %(version)s"),
    Act.ROLLED_BACK: N_("Rolled back to version %(version)s"),
    Act.WITHDRAWN: N_("Withdrawn"),
}
LEVELS = {
    Level.BROKEN: N_("Cannot be saved"),
    Level.ERROR: N_("In the way"),
    Level.WARNING: N_("Could be better"),
}
HAPPENED = {
    Happened.SHOWN: N_("Shown"),
    Happened.CLICKED: N_("Link followed"),
    Happened.COMPLETED: N_("Finished"),
    Happened.DISMISSED: N_("Dismissed"),
    Happened.SNOOZED: N_("Put off"),
    Happened.SKIPPED: N_("Skipped"),
    Happened.STEP_SHOWN: N_("Step shown"),
    Happened.TARGET_MISSING: N_("Target missing"),
    "gate_open": N_("Gate open"),
    "gate_closed": N_("Gate closed"),
}
# Why somebody had enough of it.
REASONS = {
    "closed": N_("by its button"),
    "escape": N_("by Escape"),
    "outside": N_("by a click beside it"),
    "not_interested": N_("not interested"),
    "already_known": N_("known already"),
    "confusing": N_("confusing"),
    "navigated": N_("went elsewhere"),
    "other": N_("for another reason"),
}
# A question of a verdict, as it is told when it holds and when it does not.
ASKED = {
    "published": (N_("It is published"), N_("It is published")),
    "not_published": (N_("It is published"), N_("It is not published here")),
    "time": (N_("Its time is now"), N_("Its time is not now")),
    "route": (N_("It is for this route"), N_("It is not for this route")),
    "flag": (N_("Its flag is on for them"), N_("Its flag is off for them")),
    "audience": (N_("They are meant"), N_("They are not meant")),
    "attention": (N_("Their attention is free"), N_("Their attention is not free")),
    "allOf": (N_("All of these hold"), N_("Not all of these hold")),
    "anyOf": (N_("One of these holds"), N_("None of these holds, and one would have to")),
    "noneOf": (N_("None of these holds"), N_("One of these holds, and none may")),
    "off": (N_("Guidance is on"), N_("Guidance is switched off")),
    "incident": (N_("No incident"), N_("Quiet, because of an incident")),
    "preference": (N_("They want tips"), N_("They want no tips")),
    "seen": (N_("Not seen yet, or due again"), N_("Seen, and not due again")),
    "snoozed": (N_("Not put off"), N_("They put it off")),
    "held": (N_("Nothing else is open"), N_("Something else is open")),
    "grace": (N_("The session is old enough"), N_("The session has only begun")),
    "budget_day": (N_("The day has room"), N_("Enough for a day")),
    "budget_week": (N_("The week has room"), N_("Enough for a week")),
    "open": (N_("The gate is open"), N_("The gate is closed")),
    "role": (N_("They have a role it asks for"), N_("They have no role it asks for")),
    "permission": (N_("They have the right"), N_("They do not have the right")),
    "step": (N_("The step is done"), N_("The step is not done")),
    "segment": (N_("In the segment"), N_("Not in the segment")),
    "share": (N_("In the share"), N_("Not in the share")),
    "comparison": (N_("It holds"), N_("It does not hold")),
    "broken": (N_("It holds"), N_("The condition makes no sense")),
}
# What a question looked at.
FACTS = {
    "version": N_("version %(what)s"),
    "beginsAt": N_("from %(what)s"),
    "endsAt": N_("until %(what)s"),
    "until": N_("until %(what)s"),
    "retryAt": N_("again from %(what)s"),
    "route": N_("they are on %(what)s"),
    "routes": N_("it is for %(what)s"),
    "flag": N_("flag: %(what)s"),
    "value": N_("they have: %(what)s"),
    "reason": N_("reason: %(what)s"),
    "roles": N_("they are: %(what)s"),
    "oneOf": N_("one of: %(what)s"),
    "permission": N_("right: %(what)s"),
    "step": N_("step: %(what)s"),
    "times": N_("how often: %(what)s"),
    "shown": N_("shown: %(what)s"),
    "shownAt": N_("last shown: %(what)s"),
    "snoozes": N_("put off: %(what)s"),
    "had": N_("had: %(what)s"),
    "most": N_("at most: %(what)s"),
    "tips": N_("their choice: %(what)s"),
    "sessionSince": N_("session since %(what)s"),
}


class GuidanceWords(Words):
    """Says guidance in one language."""

    def content(self, content: Content) -> dict[str, Any]:
        """A content in a list."""
        missing = [code for code in LANGUAGES if not content.words.get(code)]
        return {
            "key": content.key,
            "href": f"/console/guidance/contents/{content.key}",
            "kind": self.say(KINDS[content.kind]),
            "title": in_language(content.words, self.language).title or content.key,
            "interrupts": content.takes_attention,
            "missing": missing,
        }

    def card(self, content: Content, language: str) -> dict[str, Any]:
        """A content as people would see it."""
        words = in_language(content.words, language)
        return {
            "language": language,
            "language_name": LANGUAGES[language],
            "is_translated": language in content.words,
            "delivery_name": self.say(DELIVERIES[content.delivery]),
            "kind": str(content.kind),
            "delivery": str(content.delivery),
            "title": words.title,
            "body": html_of(read(words.body), top=4),
            "action": words.action if content.href else "",
            "href": content.href,
            "steps": [
                {
                    "title": in_language(step.words, language).title,
                    "body": html_of(read(in_language(step.words, language).body), top=4),
                    "target": step.target,
                }
                for step in content.steps
            ],
        }

    def finding(self, one: Finding) -> dict[str, Any]:
        """Something to look at."""
        return {
            "level": str(one.level),
            "name": self.say(LEVELS[one.level]),
            "message": self.remark(one.at, one.message),
            "where": called(one.at, self.say),
            "field": field_of(one.at),
            "about": one.about,
        }

    def remark(self, at: str, message: str) -> str:
        """What is said of a place in a content."""
        if (advice := advised(at, message)) is None:
            return self.say(message)
        sentence, number = advice
        if number is None:
            return self.say(sentence)
        return self.say(NUMBERED, number=number, what=self.say(sentence))

    def act(self, act: Act, version: int | None) -> str:
        """What a line of the ledger tells."""
        return self.say(ACTS[act], version=version)

    def happened(self, kind: str, reason: str) -> str:
        """What is counted."""
        name = HAPPENED.get(kind)
        said = self.say(name) if name else kind
        if not reason:
            return said
        why = self.say(REASONS[reason]) if reason in REASONS else reason
        return self.say(N_("%(what)s: %(why)s"), what=said, why=why)

    def verdict(self, verdict: Verdict, depth: int = 0) -> Iterator[dict[str, Any]]:
        """A tree of questions as lines, each with how deep it is."""
        yes, no = ASKED.get(verdict.what, (verdict.what, verdict.what))
        yield {
            "depth": depth,
            "holds": verdict.holds,
            "name": self.say(yes if verdict.holds else no),
            "condition": self.condition(verdict.condition) if verdict.condition else None,
            "facts": [
                self.fact(name, value)
                for name, value in verdict.facts.items()
                if value not in (None, [])
            ],
        }
        for part in verdict.parts:
            yield from self.verdict(part, depth + 1)

    def fact(self, name: str, value: Any) -> str:
        """Something that was looked at."""
        what = self._valued(value)
        return self.say(FACTS[name], what=what) if name in FACTS else what

    def _valued(self, value: Any) -> str:
        if isinstance(value, Times | Tips):
            return self.say((TIMES | TIPS)[value])
        if isinstance(value, datetime):
            return on(value, self.language, None)
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
