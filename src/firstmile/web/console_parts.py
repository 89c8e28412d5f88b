"""The parts of the console as its navigation lists them, and the right that opens each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from firstmile.guidance.permissions import GUIDANCE_READ
from firstmile.help.permissions import HELP_WRITE
from firstmile.identity.permissions import CLIENTS_MANAGE, USERS_FIND
from firstmile.kernel.access import Permission
from firstmile.kernel.languages import N_, translate
from firstmile.observe.permissions import ERRORS_READ
from firstmile.onboarding.permissions import ONBOARDING_READ, STEPS_READ
from firstmile.protect.permissions import LIMITS_READ
from firstmile.release.permissions import EXPERIMENTS_READ, FLAGS_READ, KILL_SWITCH_USE


@dataclass(frozen=True)
class Section:
    """A part of the console, and the right that opens it."""

    href: str
    name: str
    icon: str
    permission: Permission
    also: tuple[str, ...] = ()  # how the addresses of its other pages begin

    def holds(self, path: str) -> bool:
        """Whether a page is one of this part."""
        return path == self.href or path.startswith((f"{self.href}/", *self.also))


OF_FLAGS = ("/console/flag-", "/console/segments", "/console/new-flag", "/console/new-segment")
GROUPS = {
    N_("Accounts"): (
        Section("/console/people", N_("People"), "person", USERS_FIND),
        Section("/console/staff", N_("Staff"), "console", USERS_FIND),
        Section("/console/applications", N_("Applications"), "key", CLIENTS_MANAGE),
    ),
    N_("First mile"): (
        Section("/console/onboarding", N_("Onboarding"), "ramp", ONBOARDING_READ),
        Section("/console/steps", N_("Steps"), "done", STEPS_READ, ("/console/explain",)),
        Section("/console/guidance", N_("Guidance"), "info", GUIDANCE_READ),
        Section("/console/help", N_("Help"), "help", HELP_WRITE),
    ),
    N_("Release"): (
        Section("/console/flags", N_("Flags"), "flag", FLAGS_READ, OF_FLAGS),
        Section("/console/rollouts", N_("Rollouts"), "ramp", FLAGS_READ),
        Section("/console/experiments", N_("Experiments"), "compass", EXPERIMENTS_READ),
        Section("/console/sdk-keys", N_("SDK keys"), "code", FLAGS_READ),
    ),
    N_("Operation"): (
        Section("/console/kill-switch", N_("Kill switch"), "power", KILL_SWITCH_USE),
        Section("/console/errors", N_("Errors"), "alert", ERRORS_READ),
        Section("/console/limits", N_("Limits"), "clock", LIMITS_READ),
    ),
}


def groups_for(staff_role: str | None, path: str, language: str) -> Iterator[dict[str, Any]]:
    """What somebody of this role may open, group by group, with the part they are in marked."""
    for name, sections in GROUPS.items():
        open_to_them = [one for one in sections if staff_role in one.permission.roles]
        if open_to_them:
            yield {
                "name": translate(language, name),
                "sections": [_told(one, path, language) for one in open_to_them],
            }


def _told(section: Section, path: str, language: str) -> dict[str, Any]:
    return {
        "href": section.href,
        "name": translate(language, section.name),
        "icon": section.icon,
        "is_current": section.holds(path),
    }
