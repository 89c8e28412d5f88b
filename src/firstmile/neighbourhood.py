"""What guidance asks of the other packages, answered by them."""

from collections.abc import Iterable

from firstmile.guidance.knowing import Known, NextStep
from firstmile.identity.store import user_by_id
from firstmile.kernel.access import Actor
from firstmile.kernel.asgi import header_of
from firstmile.kernel.clock import Clock
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.kernel.visit import Visit
from firstmile.onboarding import store as onboarding_store
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.models import SETTLED, Journey, Traveller
from firstmile.release import store as release_store
from firstmile.release.catalogue import Flags
from firstmile.release.sdk_keys import SdkKeys
from firstmile.rights import PERMISSIONS
from firstmile.targeting.contexts import TARGETING_KEY, Context

SDK_KEY = b"x-firstmile-key"


class Neighbourhood:
    """Onboarding, release and identity, as far as guidance asks them."""

    def __init__(self, catalogue: Catalogue, flags: Flags, keys: SdkKeys, clock: Clock) -> None:
        self._catalogue = catalogue
        self._flags = flags
        self._keys = keys
        self._clock = clock

    @property
    def home(self) -> str:
        """The environment of this service itself."""
        return self._flags.environment

    async def person(self, db: Connection, actor: Actor, language: str) -> Known:
        """What is known of somebody who is signed in."""
        return await self._known(db, actor.user_id, actor.roles, language)

    async def somebody(self, db: Connection, user_id: UserId, language: str) -> Known:
        """The same of anybody, for staff who look why."""
        return await self._known(db, user_id, frozenset(), language)

    def environment_of(self, visit: Visit) -> str:
        """The environment of a request, by the public SDK key it brought; else our own."""
        text = header_of(visit.scope, SDK_KEY)
        return self._flags.environment if text is None else self._keys.of(text).environment

    async def environments(self, db: Connection) -> list[str]:
        """The names of the environments, in their order."""
        return [one.name for one in await release_store.environments(db)]

    def is_on(self, flag: str, context: Context, environment: str) -> bool:
        """Whether a flag is on for somebody; False for one that is not there."""
        return self._flags.evaluate(flag, context, environment).value is True

    def is_in(self, segment: str, context: Context, environment: str) -> bool:
        """Whether somebody belongs to a segment; False for one that is not there."""
        belongs = self._flags.snapshot(environment).segments.get(segment)
        return belongs is not None and belongs(context)

    def flags(self, environment: str) -> frozenset[str]:
        """The keys of the flags there are."""
        return frozenset(self._flags.snapshot(environment).flags)

    def segments(self, environment: str) -> frozenset[str]:
        """The keys of the segments there are."""
        return frozenset(self._flags.snapshot(environment).segments)

    def steps(self) -> frozenset[str]:
        """The keys of the steps of onboarding."""
        return frozenset(self._catalogue.titles())

    def permissions(self) -> frozenset[str]:
        """The names of the rights there are."""
        return frozenset(one.name for one in PERMISSIONS)

    async def _known(
        self, db: Connection, user_id: UserId, roles: frozenset[str], language: str
    ) -> Known:
        user = await user_by_id(db, user_id)
        found = await onboarding_store.journey_of(db, user_id)
        nobody = Traveller(user_id, roles, user.market)
        traveller, steps = found or (nobody, onboarding_store.Steps({}, {}))
        shared = await self._catalogue.shared(db, user_id)
        journey = self._catalogue.journey(traveller, steps, self._clock(), shared)
        held = roles | traveller.roles
        allowed = frozenset(one.name for one in PERMISSIONS if _is_given(one.roles, held))
        context = {
            **traveller.attributes.known,  # what we know ourselves counts more
            TARGETING_KEY: str(user_id),
            "roles": sorted(held),
            "permissions": sorted(allowed),
            "market": traveller.market,
            "staffRole": user.staff_role,
            "activated": traveller.activated_at is not None,
            "daysSinceSignUp": (self._clock() - user.created_at).days,
            **_steps_of(journey),
        }
        return Known(
            user_id=user_id,
            context=context,
            roles=held,
            permissions=allowed,
            undone=lambda keys: [key for key in keys if not journey.is_done(key)],
            toward=lambda keys: _next_of(journey, keys, language),
        )


def _is_given(roles: frozenset[str], held: frozenset[str]) -> bool:
    return bool(roles & held)


def _steps_of(journey: Journey) -> dict[str, list[str]]:
    """The steps that somebody settled, and those that are still before them."""
    settled = {step.key for step in journey.steps if journey.state(step).status in SETTLED}
    return {
        "stepsDone": sorted(settled),
        "stepsOpen": sorted(step.key for step in journey.steps if step.key not in settled),
    }


def _next_of(journey: Journey, keys: Iterable[str], language: str) -> NextStep | None:
    key = journey.next_toward(keys)
    if key is None:
        return None
    step = journey.step(key)
    return NextStep(key, step.title(language), step.href)
