"""Many people half-way on their journey, each signed in."""

from uuid import UUID

from firstmile.identity import store
from firstmile.identity.admission import Admission, Admitted
from firstmile.identity.browsers import Browser
from firstmile.identity.models import User
from firstmile.identity.passwords import Passwords
from firstmile.identity.policy import Method, Proof
from firstmile.kernel.ids import UserId
from firstmile.kernel.work import Work
from firstmile.onboarding import store as onboarding_store
from firstmile.onboarding.actions import Facts
from firstmile.onboarding.changing.folders import read_folder
from firstmile.onboarding.models import State
from firstmile.settings import Settings
from firstmile.verbs.keys import make_keys
from firstmile.verbs.opening import opened
from firstmile.verbs.steps import apply_steps

PASSWORD = "correct horse 9 battery"
STEP = "choose-market"  # begun and taken back by its person, waits for no fact
AT_ONCE = 100
BROWSER = Browser(name="bench", network="", secret=None)


async def invite(settings: Settings, count: int) -> list[str]:
    """Add people with the numbers 1 to `count`; their access tokens."""
    await make_keys(settings)
    await apply_steps(settings, read_folder(settings.steps_dir))
    tokens: list[str] = []
    async with opened(settings) as service:
        await service.keys.load(service.database)
        await service.catalogue.load(service.database)
        password_hash = await service.parts.get(Passwords).hash(PASSWORD)
        facts, door = Facts(service.catalogue), service.parts.get(Admission)
        for start in range(1, count + 1, AT_ONCE):
            async with service.works.begin() as work:
                for number in range(start, min(start + AT_ONCE, count + 1)):
                    user = await _settle_in(work, facts, number, password_hash)
                    proof = Proof(Method.PASSWORD, work.now)
                    came_in = await door.admit(work, user.id, proof, browser=BROWSER)
                    assert isinstance(came_in, Admitted)
                    tokens.append(came_in.issued.access_token)
    return tokens


def id_of(number: int) -> UserId:
    """The id of a person, which SQL can make from their number too."""
    return UserId(UUID(f"{number:032d}"))


async def _settle_in(work: Work, facts: Facts, number: int, password_hash: str) -> User:
    user = User(
        id=id_of(number),
        email=f"person{number}@example.org",
        email_verified_at=None,
        password_hash=password_hash,
        first_name="Person",
        last_name=f"Number {number}",
        job_title=None,
        locale="fr" if number % 2 else "en",
        time_zone=None,
        market=None,
        row_version=1,
        created_at=work.now,
    )
    await store.add_user(work.db, user)
    await store.verify_email(work.db, user.id, work.now)
    # Told to onboarding directly: announced as events, they would write to people.
    await facts.note(work, user.id, fact="email_verified")
    await store.set_profile(work.db, user.id, {"time_zone": "Europe/Paris"}, work.now)
    await facts.note(work, user.id, fact="profile_completed")
    await onboarding_store.save_step(work.db, user.id, STEP, State(row_version=1), work.now)
    return user
