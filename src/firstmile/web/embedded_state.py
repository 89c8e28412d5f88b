"""Gathers all that an embed shows of a person on a page, as one answer."""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

import msgspec

from firstmile.guidance.guide import Guide, Guided
from firstmile.kernel.access import Actor
from firstmile.kernel.asgi import header_of
from firstmile.kernel.languages import LANGUAGES
from firstmile.kernel.visit import Visit
from firstmile.onboarding.routes import own_journey
from firstmile.onboarding.schemas import JourneyOut
from firstmile.onboarding.telling import NOTHING_LEFT, Telling
from firstmile.privacy.consenting import Consents
from firstmile.protect.switches import Area, Switches
from firstmile.release.sdk_keys import SdkKeys, of_browsers
from firstmile.release.settings import ReleaseSettings
from firstmile.web.rendering import language_of
from firstmile.web.schemas_embedded import ConsentOut, OffOut, StateOut

STREAM = "/api/v1/embed/stream"
KEY = b"x-firstmile-key"
QUIET = b"x-firstmile-quiet"


@dataclass(frozen=True)
class Asked:
    """Who asks for their state, on which page, in which language, environment and project.

    Who asks quietly is shown nothing that comes by itself: tests of a page ask so.
    """

    actor: Actor | None
    route: str
    language: str
    environment: str
    is_quiet: bool
    project_id: UUID | None = None


async def asked_by(
    visit: Visit, route: str, language: str | None, project_id: UUID | None = None
) -> Asked:
    """What a request asks for; raises Unauthenticated or Forbidden for a key that is none."""
    actor = await asking(visit)
    return Asked(
        actor,
        route,
        str(language) if language in LANGUAGES else language_of(visit.scope, actor),
        environment_of(visit),
        is_quiet=header_of(visit.scope, QUIET) not in (None, "", "0"),
        project_id=project_id,
    )


async def asking(visit: Visit) -> Actor | None:
    """Who asks; None for a visitor. Whoever brings a token is told when it opens nothing."""
    if header_of(visit.scope, b"authorization") is None:
        return await visit.visitor()
    return await visit.actor()


def environment_of(visit: Visit) -> str:
    """The environment of the public key that came along, or our own."""
    text = header_of(visit.scope, KEY)
    if text is None:
        return visit.part(ReleaseSettings).flag_environment
    return of_browsers(visit.part(SdkKeys).of(text)).environment


async def written_state(visit: Visit, asked: Asked) -> bytes:
    """The answer as JSON."""
    journey, guided = await _journey(visit, asked), await _guided(visit, asked)
    state = StateOut(
        language=asked.language,
        known=asked.actor is not None,
        off=OffOut.of(visit.part(Switches)),
        # It is written already, and the same for everybody at the same point.
        journey=None if journey is None else cast(JourneyOut, msgspec.Raw(journey)),
        gates=guided.gates,
        content=guided.content,
        resume=guided.resume,
        preferences=guided.preferences,
        consent=await _consent(visit, asked),
        stream=STREAM,
    )
    return msgspec.json.encode(state)


async def _journey(visit: Visit, asked: Asked) -> bytes | None:
    if asked.actor is None:
        return None
    if visit.part(Switches).is_off(Area.ONBOARDING):
        return NOTHING_LEFT.body
    journey = await own_journey(visit, asked.actor, asked.project_id)
    return visit.part(Telling).of(journey, asked.language).body


async def _guided(visit: Visit, asked: Asked) -> Guided:
    async with visit.reading() as db:
        guided = await visit.part(Guide).told(
            visit,
            db,
            environment=asked.environment,
            route=asked.route,
            language=asked.language,
        )
    return Guided(guided.gates, [], None, guided.preferences) if asked.is_quiet else guided


async def _consent(visit: Visit, asked: Asked) -> ConsentOut:
    consents = visit.part(Consents)
    standing = await consents.standing(visit)
    return ConsentOut(
        version=consents.notices.version,
        choices=None if standing.choices is None else sorted(standing.choices),
        gpc=standing.gpc,
        needed=standing.needed and not asked.is_quiet,
    )
