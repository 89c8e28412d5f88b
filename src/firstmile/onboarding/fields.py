"""What a definition may say: its fields, the kind and meaning of each, and the facts there are."""

from dataclasses import dataclass
from typing import Any

KINDS = {str: "text", int: "a whole number", bool: "true or false", list: "a list"}


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


ROLES = ("owner", "admin", "member", "viewer")
# What `wiring.py` reports as a fact; a step may wait for any of them.
FACTS = {
    "email_verified": "The person opened the link in their mail.",
    "profile_completed": "The profile has a first name, a last name and a time zone.",
    "market_chosen": "The person said where they do business.",
    "project_joined": "The person created a project or became a member of one.",
    "billing_contact_set": "A project of theirs knows whom to send its invoices to.",
}

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
    "requires": Field(list, "Keys of the steps that come before it.", unset="none"),
    "href": Field(str, "The page to do it on.", unset="`/onboarding/<key>`"),
}
VERIFICATION = {
    "by": Field(str, "`person`: their word is enough. `fact`: it is not.", is_needed=True),
    "fact": Field(str, "The fact that completes it by itself; needed when it is by `fact`."),
}
ROUTE = {
    "path": Field(str, "A path with everything beneath it, like `/billing`.", is_needed=True),
    "needs": Field(list, "Keys of the steps to finish first.", unset="none"),
    "roles": Field(list, f"Who may pass: {', '.join(ROLES)}.", unset="everybody"),
}
