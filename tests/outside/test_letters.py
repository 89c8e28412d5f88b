"""Every letter in every language, as it is read: kept in `tests/golden/mails`."""

from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jinja2
import pytest

from firstmile.kernel.languages import LANGUAGES
from firstmile.outside.letters import Letters
from firstmile.outside.mail import Message
from firstmile.service import LETTERS

GOLDEN = Path(__file__).parent.parent / "golden" / "mails"
BASE_URL = "https://app.example.org"
RESET = f"{BASE_URL}/forgot-password"
PROJECT = {"project": "Acme Sales", "person": "Bob Example", "link": f"{BASE_URL}/projects/1"}
FACTS: Mapping[str, Mapping[str, Any]] = {
    "verification": {"link": f"{BASE_URL}/verify-email?token=TOKEN", "hours": 24},
    "account_exists": {"sign_in_link": f"{BASE_URL}/sign-in", "reset_link": RESET},
    "password_reset": {"link": f"{BASE_URL}/reset-password?token=TOKEN", "minutes": 60},
    "welcome": {"link": f"{BASE_URL}/onboarding"},
    "password_changed": {"when": "2026-03-01 09:30 UTC", "reset_link": RESET},
    "lockout": {
        "minutes": 15,
        "unlock_link": f"{BASE_URL}/unlock?token=TOKEN",
        "unlock_minutes": 60,
        "reset_link": RESET,
    },
    "lockout_lasting": {
        "unlock_link": f"{BASE_URL}/unlock?token=TOKEN",
        "unlock_minutes": 60,
        "reset_link": RESET,
    },
    "account_locked": {"when": "2026-03-01 09:30 UTC"},
    "account_unlocked": {
        "when": "2026-03-01 09:30 UTC",
        "sign_in_link": f"{BASE_URL}/sign-in",
    },
    "impersonated": {
        "reason": "Ticket 4711: the checklist does not load",
        "when": "2026-03-01 09:30 UTC",
        "until": "2026-03-01 10:30 UTC",
        "security_link": f"{BASE_URL}/account/security",
    },
    "factor_changed": {
        "change": "passkey_added",
        "name": "Grey key",
        "when": "2026-03-01 09:30 UTC",
        "security_link": f"{BASE_URL}/account/security",
        "reset_link": RESET,
    },
    "recovery_code_used": {
        "left": 7,
        "when": "2026-03-01 09:30 UTC",
        "security_link": f"{BASE_URL}/account/security",
        "reset_link": RESET,
    },
    "second_factor_locked": {
        "when": "2026-03-01 09:30 UTC",
        "sessions_link": f"{BASE_URL}/account/sessions",
        "reset_link": RESET,
    },
    "new_device": {
        "device": "Firefox on Linux",
        "network": "203.0.113.0/24",
        "when": "2026-03-01 09:30 UTC",
        "sessions_link": f"{BASE_URL}/account/sessions",
        "reset_link": RESET,
    },
    "refresh_reused": {
        "when": "2026-03-01 09:30 UTC",
        "sessions_link": f"{BASE_URL}/account/sessions",
        "reset_link": RESET,
    },
    "passkey_suspected": {
        "name": "Grey key",
        "when": "2026-03-01 09:30 UTC",
        "security_link": f"{BASE_URL}/account/security",
        "reset_link": RESET,
    },
    "provider_connected": {
        "provider": "Google",
        "when": "2026-03-01 09:30 UTC",
        "connections_link": f"{BASE_URL}/account/connections",
        "reset_link": RESET,
    },
    "provider_disconnected": {
        "provider": "Google",
        "when": "2026-03-01 09:30 UTC",
        "connections_link": f"{BASE_URL}/account/connections",
        "reset_link": RESET,
    },
    "invitation": {
        "inviter": "Alice Example",
        "project": "Acme Sales",
        "link": f"{BASE_URL}/accept-invitation?token=TOKEN",
        "days": 7,
    },
    "email_change_confirm": {
        "new_email": "new@example.org",
        "link": f"{BASE_URL}/confirm-email?token=TOKEN",
        "hours": 24,
    },
    "email_change_asked": {
        "new_email": "new@example.org",
        "link": f"{BASE_URL}/revert-email?token=TOKEN",
        "when": "2026-03-01 09:30 UTC",
        "until": "2026-03-08 09:30 UTC",
    },
    "email_changed": {
        "new_email": "new@example.org",
        "when": "2026-03-01 09:30 UTC",
        "sign_in_link": f"{BASE_URL}/sign-in",
    },
    "email_changed_former": {
        "new_email": "new@example.org",
        "link": f"{BASE_URL}/revert-email?token=TOKEN",
        "when": "2026-03-01 09:30 UTC",
        "until": "2026-03-08 09:30 UTC",
    },
    "deletion": {"when": "2026-03-15 09:30 UTC", "sign_in_link": f"{BASE_URL}/sign-in"},
    "project_deletion": {**PROJECT, "when": "2026-03-31 09:30 UTC"},
    "project_restored": PROJECT,
    "ownership_given": PROJECT,
    "ownership_received": PROJECT,
}
KINDS = sorted(FACTS)
# Nothing a person could open would help.
NO_LINKS = {"account_locked"}


@pytest.fixture(scope="module")
def letters() -> Letters:
    return Letters(LETTERS, product="Acme", base_url=BASE_URL)


def letter(letters: Letters, kind: str, language: str, **more: Any) -> Message:
    facts = {"first_name": "Zoë", **FACTS[kind], **more}
    return letters.write(kind, key="k", to="zoe@example.org", language=language, facts=facts)


def test_every_kind_of_letter_is_here() -> None:
    written = {file.name.split(".")[0] for folder in LETTERS for file in folder.glob("*.txt")}

    assert written == set(KINDS)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_reads_as_agreed(
    letters: Letters, kind: str, language: str, request: pytest.FixtureRequest
) -> None:
    """The files are what we agreed to send; `pytest --accept` agrees to a change."""
    message = letter(letters, kind, language)
    told = {
        GOLDEN / f"{kind}.{language}.txt": f"Subject: {message.subject}\n\n{message.text}",
        GOLDEN / f"{kind}.{language}.html": message.html.rstrip() + "\n",
    }
    if request.config.getoption("--accept"):
        GOLDEN.mkdir(parents=True, exist_ok=True)
        for file, text in told.items():
            file.write_text(text)

    for file, text in told.items():
        assert file.read_text() == text


@pytest.mark.parametrize("kind", KINDS)
def test_both_languages_say_different_words_and_the_same_facts(letters: Letters, kind: str) -> None:
    english, french = (letter(letters, kind, language) for language in ("en", "fr"))

    assert english.subject != french.subject
    told = [str(fact) for name, fact in FACTS[kind].items() if name != "change"]
    for fact in ("Zoë", *told):  # a change is told by its name, and read as a sentence
        assert fact in english.text
        assert fact in french.text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_text_and_html_hold_the_same_links(letters: Letters, kind: str, language: str) -> None:
    message = letter(letters, kind, language)
    links = [str(fact) for fact in FACTS[kind].values() if str(fact).startswith("https:")]

    assert links or kind in NO_LINKS
    for link in links:
        assert link in message.text
        assert link in _Links(message.html).found


def test_a_name_cannot_bring_markup_or_a_second_subject(letters: Letters) -> None:
    message = letter(letters, "welcome", "en", first_name="<img src=x>\r\nBcc: all@example.org")

    assert "<img src=x>" not in message.html
    assert "\n" not in message.subject


def test_a_person_without_a_name_is_greeted_all_the_same(letters: Letters) -> None:
    assert "Hello,\n" in letter(letters, "welcome", "en", first_name="").text


def test_a_language_we_do_not_speak_is_answered_in_english(letters: Letters) -> None:
    assert letter(letters, "welcome", "de") == letter(letters, "welcome", "en")


def test_a_missing_fact_is_an_error_and_not_a_hole(letters: Letters) -> None:
    with pytest.raises(jinja2.UndefinedError):
        letters.write("welcome", key="k", to="z@example.org", language="en", facts={})


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_needs_nothing_from_elsewhere(letters: Letters, kind: str) -> None:
    html = letter(letters, kind, "en").html

    assert "<link" not in html
    assert "<script" not in html
    assert all(link.startswith(BASE_URL) for link in _Links(html).found)


class _Links(HTMLParser):
    """The targets and sources of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, _: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attributes if name in ("href", "src") and value]
