"""What happened to an account, in words: for its person, and for those who help them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from firstmile.identity.policy import Method
from firstmile.identity.store_activity import Happening
from firstmile.kernel.languages import N_, translate
from firstmile.web.moments import told_moment
from firstmile.web.session_list import METHODS

# By the kind of the event; its facts fill what is open.
WORDS = {
    "user_registered": N_("Account created"),
    "user_imported": N_("Account taken over from another system"),
    "email_verified": N_("Address confirmed"),
    "email_change_asked": N_("Another address asked for"),
    "email_change_cancelled": N_("Change of address called off"),
    "email_changed": N_("Address changed"),
    "email_change_reverted": N_("Change of address taken back from the former address"),
    "password_changed": N_("Password changed"),
    "signed_in": N_("Signed in: %(place)s"),
    "stepped_up": N_("Identity confirmed by %(method)s"),
    "signed_out": N_("A session ended"),
    "other_sessions_ended": N_("Signed out everywhere else"),
    "signed_out_everywhere": N_("Sessions ended"),
    "refresh_reused": N_("A session was ended, because a token of it was used twice"),
    "sign_in_paused": N_("Sign-in paused after too many wrong passwords"),
    "sign_in_reopened": N_("Sign-in opened again by mail"),
    "device_trusted": N_("A browser was trusted with the second step"),
    "devices_forgotten": N_("No browser is trusted any more"),
    "second_factor_locked": N_("Several wrong codes were tried"),
    "totp_added": N_("Authenticator app added"),
    "totp_removed": N_("Authenticator app removed"),
    "recovery_codes_made": N_("New recovery codes made"),
    "recovery_code_used": N_("A recovery code was used"),
    "passkey_added": N_("Passkey “%(name)s” added"),
    "passkey_renamed": N_("Passkey renamed “%(name)s”"),
    "passkey_removed": N_("Passkey “%(name)s” removed"),
    "passkey_clone_suspected": N_("Passkey “%(name)s” refused: there may be a copy of it"),
    "provider_connected": N_("Account connected: %(provider)s"),
    "provider_disconnected": N_("Account disconnected: %(provider)s"),
    "profile_completed": N_("Profile completed"),
    "market_chosen": N_("Market chosen"),
    "avatar_changed": N_("Picture changed"),
    "project_created": N_("Project created"),
    "project_renamed": N_("Project renamed “%(name)s”"),
    "project_deletion_asked": N_("Project deleted"),
    "project_restored": N_("Project restored"),
    "ownership_transferred": N_("Project given to another member"),
    "member_joined": N_("Joined a project"),
    "member_role_changed": N_("Role in a project changed"),
    "member_removed": N_("No longer in a project"),
    "invitation_sent": N_("Invitation to a project sent"),
    "invitation_revoked": N_("Invitation to a project taken back"),
    "api_key_created": N_("API key made"),
    "api_key_revoked": N_("API key revoked"),
    "billing_contact_set": N_("Billing contact set"),
    "roles_changed": N_("Roles in projects changed"),
    "staff_granted": N_("Staff role changed"),
    "account_deletion_asked": N_("Deletion of the account asked for"),
    "account_kept": N_("Deletion of the account called off"),
    "application_allowed": N_("Application allowed"),
    "application_signed_in": N_("Signed in to an application"),
    "application_removed": N_("Application removed"),
    "application_token_reused": N_("Signed out of an application: a token of it was used twice"),
    "reset_link_sent": N_("Link to set a new password sent"),
    "verification_link_sent": N_("Another link to confirm the address sent"),
    "sessions_ended": N_("Every session was ended"),
    "account_locked": N_("Account locked"),
    "account_unlocked": N_("Account opened again"),
    "impersonation_began": N_("Support looked at your account as you see it: %(reason)s"),
    "impersonation_ended": N_("Support left your account"),
}
# Staff read the same, but where a person is spoken to, or where the reason is theirs alone.
WORDS_FOR_STAFF = {
    "impersonation_began": N_("Impersonation began: %(reason)s"),
    "impersonation_ended": N_("Impersonation ended"),
    "account_locked": N_("Account locked: %(reason)s"),
}
NEW_BROWSER = N_("Signed in from a new browser: %(place)s")
# What the line beside it says better, and what besides a person does not look for here.
ECHOES = {"signed_out_everywhere"}
QUIET = ECHOES | {
    "stepped_up",
    "profile_completed",
    "market_chosen",
    "avatar_changed",
    "billing_contact_set",
    "roles_changed",
}


def said(kind: str, facts: Mapping[str, Any], language: str, *, to_staff: bool = False) -> str:
    """What happened, as a line of a list; the bare kind when there are no words for it."""
    words = WORDS.get(kind) or kind.replace("_", " ").capitalize()
    if to_staff:
        words = WORDS_FOR_STAFF.get(kind, words)
    if kind == "signed_in" and facts.get("is_new_device"):
        words = NEW_BROWSER
    return translate(language, words) % _shown(facts, language)


def told_activity(
    happenings: Iterable[Happening], now: datetime, language: str, zone: str | None
) -> list[dict[str, Any]]:
    """What a person is told of, as templates know it."""
    return [
        {
            "what": said(happening.kind, happening.facts, language),
            **told_moment(happening.at, now, language, zone),
            "byStaff": happening.staff_id is not None,
        }
        for happening in happenings
        if happening.kind not in QUIET
    ]


def told_to_staff(
    happenings: Iterable[Happening],
    now: datetime,
    language: str,
    zone: str | None,
    names: Mapping[UUID, str],
) -> list[dict[str, Any]]:
    """What happened, with the names of the staff who did it."""
    return [
        {
            "what": said(happening.kind, happening.facts, language, to_staff=True),
            **told_moment(happening.at, now, language, zone),
            "by": names.get(happening.staff_id) if happening.staff_id else None,
            "byStaff": happening.staff_id is not None,
        }
        for happening in happenings
        if happening.kind not in ECHOES
    ]


def told_methods(methods: Iterable[str], language: str) -> str:
    """The ways in which somebody proved who they are."""
    known = set(Method)
    return ", ".join(
        translate(language, METHODS[Method(method)]) if method in known else method
        for method in methods
    )


def _shown(facts: Mapping[str, Any], language: str) -> dict[str, str]:
    """The facts as they stand in words; a sign-in happens at a place, by methods."""
    program = facts.get("device_name") or translate(language, N_("Unknown program"))
    network = facts.get("network")
    return {name: str(value) for name, value in facts.items()} | {
        "place": f"{program}, {network}" if network else program,
        "methods": told_methods(facts.get("methods", ()), language),
        "method": told_methods([str(facts.get("method", ""))], language),
    }
