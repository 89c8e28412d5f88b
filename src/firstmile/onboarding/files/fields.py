"""What a definition may say: its fields, the kind and meaning of each, and the facts there are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from firstmile.onboarding.files.lined_yaml import Lined

KINDS = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    date: "a date",
}


@dataclass(frozen=True)
class Field:
    """One field of a definition; `unset` tells what holds when it is left out."""

    kind: type
    meaning: str
    is_needed: bool = False
    unset: str = ""

    @property
    def called(self) -> str:
        """The kind in plain words."""
        return KINDS.get(self.kind, "a mapping")

    def takes(self, value: Any) -> bool:
        """Whether a value is of this kind; true is no number."""
        is_swapped = isinstance(value, bool) and self.kind is int
        return isinstance(value, self.kind) and not is_swapped


SCOPES = ("user", "project")
ROLES = ("owner", "admin", "member", "viewer")
# What `wiring.py` reports as a fact; a step may wait for any of them.
FACTS = {
    "email_verified": "The person opened the link in their mail.",
    "profile_completed": "The profile has a first name, a last name and a time zone.",
    "market_chosen": "The person said where they do business.",
    "project_joined": "The person created a project or became a member of one.",
    "billing_contact_set": "A project of theirs knows whom to send its invoices to.",
}

# What is true of a project itself; its steps may wait for these alone.
PROJECT_FACTS = ("billing_contact_set",)

FILE = {
    "steps": Field(list, "Steps, in the order people see them."),
    "routes": Field(list, "Routes of your application that wait for steps."),
}
STEP = {
    "key": Field(str, "Its name in addresses and in the API: a-z, 0-9 and -.", is_needed=True),
    "title": Field(dict, "What the person reads, by language; `en` is needed.", is_needed=True),
    "description": Field(dict, "One sentence more, by language; `en` is needed.", is_needed=True),
    "verification": Field(dict, "Who says that it is done, see below.", is_needed=True),
    "version": Field(int, "Raise it when the step means something new.", unset="1"),
    "required": Field(bool, "Whether one must do it to be activated.", unset="true"),
    "weight": Field(int, "Its share of the progress.", unset="1"),
    "roles": Field(list, f"Who it is for: {', '.join(ROLES)}.", unset="everybody"),
    "markets": Field(list, "Where it is asked for: codes like CA, or `*`.", unset="everywhere"),
    "requires": Field(list, "What comes before it: keys of steps, or `any:`, below.", unset="none"),
    "when": Field(dict, "A condition on attributes, as flags have it; see below.", unset="always"),
    "due": Field(dict, "Until when, see below.", unset="never"),
    "href": Field(str, "The page to do it on.", unset="`/onboarding/<key>`"),
    "scope": Field(
        str,
        "`user`: everybody does it. `project`: a member does it for all of the project.",
        unset="`user`",
    ),
}
NEED = {
    "any": Field(list, "Keys of steps; one of them is enough.", is_needed=True),
    "reason": Field(dict, "Why, by language.", unset="a sentence with the titles of the steps"),
    "fix": Field(dict, "What to do about it, see below.", unset="the page of the first step"),
}
FIX = {
    "href": Field(str, "A page to open."),
    "step": Field(str, "Which of the steps to lead people to."),
}
VERIFICATION = {
    "by": Field(
        str,
        "`person`: their word is enough. `fact`: it is not. `event`: events are counted,"
        " of a project those of all its members. `call`: your server says so.",
        is_needed=True,
    ),
    "fact": Field(str, "The fact that completes it by itself; needed when it is by `fact`."),
    "event": Field(str, "The name of the events; needed when it is by `event`."),
    "count": Field(int, "How many of them.", unset="1"),
    "within": Field(str, "How close together, such as `7 days`.", unset="a year"),
    "url": Field(str, "Where we ask, when it is by `call`.", unset="`ONBOARDING_CALLBACK_URL`"),
}
DUE = {
    "days": Field(int, "So many days after the beginning."),
    "after": Field(str, "`start` of the journey, or since the step is `open`.", unset="`start`"),
    "date": Field(date, "A date instead, which is over when its day is over in UTC."),
}
ROUTE = {
    "path": Field(str, "A path with everything beneath it, like `/billing`.", is_needed=True),
    "needs": Field(list, "What comes first: keys of steps, or `any:`, below.", unset="none"),
    "roles": Field(list, f"Who may pass: {', '.join(ROLES)}.", unset="everybody"),
    "markets": Field(list, "Where it is: codes like CA, or `*`.", unset="everywhere"),
    "when": Field(dict, "A condition on attributes, as that of a step.", unset="always"),
}


def complaints(where: Lined, fields: Mapping[str, Field]) -> Iterator[tuple[int, str]]:
    """What is wrong with the names and kinds of a mapping, each with its line."""
    for name, value in where.items():
        if name not in fields:
            yield where.lines[name], f"'{name}' is not known here"
        elif not fields[name].takes(value):
            yield where.lines[name], f"{name} must be {fields[name].called}"
    for name, wanted in fields.items():
        if wanted.is_needed and name not in where:
            yield where.line, f"'{name}' is missing"
