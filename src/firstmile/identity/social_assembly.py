"""Builds the parts of signing in by other services once."""

from datetime import timedelta

from firstmile.identity.departures import Departures
from firstmile.identity.discovery import Discovery
from firstmile.identity.github_client import GitHubClient
from firstmile.identity.grounds import Grounds
from firstmile.identity.introductions import Introductions
from firstmile.identity.oidc_client import OpenIdClient
from firstmile.identity.provider_door import ProviderDoor
from firstmile.identity.registration import Registrar
from firstmile.identity.sessions import Sessions
from firstmile.identity.social import Social
from firstmile.identity.travels import Travels


def build_social(grounds: Grounds, registrar: Registrar, sessions: Sessions) -> list[object]:
    """The way to other services and back, and what is done with who comes back."""
    settings, vault = grounds.settings, grounds.vault
    hours = timedelta(hours=settings.verification_hours)
    introductions = Introductions(vault, to_verify=hours)
    return [
        _travels(grounds),
        introductions,
        Social(
            vault,
            introductions,
            registrar,
            sessions,
            grounds.mails,
            settings,
            switches=grounds.switches,
        ),
    ]


def _travels(grounds: Grounds) -> Travels:
    works, with_tests = grounds.works, grounds.settings.with_test_domains
    # Without TLS, in development, a provider may be on this very machine.
    door = ProviderDoor(
        allows_plain=not grounds.over_tls, seconds=grounds.social_settings.provider_seconds
    )
    openid = OpenIdClient(
        door, Discovery(door, works.clock), works.clock, with_test_domains=with_tests
    )
    github = GitHubClient(door, works.clock, with_test_domains=with_tests)
    return Travels(grounds.providers, Departures(grounds.vault), openid, github, works)
