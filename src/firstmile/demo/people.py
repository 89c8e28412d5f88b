"""The demo cast: Alice owns Acme, Bob works there, Charlie is outside, Dana is new, Sam helps."""

from dataclasses import dataclass
from uuid import UUID, uuid5

from firstmile.identity import activity, store, store_projects, store_staff
from firstmile.identity.events import EmailVerified, UserRegistered
from firstmile.identity.models import Role, User
from firstmile.identity.passwords import Passwords
from firstmile.kernel.access import StaffRole
from firstmile.kernel.ids import UserId
from firstmile.kernel.work import Work
from firstmile.onboarding.actions import Facts
from firstmile.service import Service

PASSWORD = "first-mile-demo"  # noqa: S105  shown to everybody who types `make run`
CAST = UUID("0192f0c1-7a5e-7000-8000-000000000000")
ACME = uuid5(CAST, "Acme")
NORTHWIND = uuid5(CAST, "Northwind")


@dataclass(frozen=True)
class Person:
    """One of the cast; `project` and `role` for who has them."""

    name: str
    last_name: str
    locale: str
    story: str
    project: tuple[UUID, str] | None = None
    role: Role = Role.OWNER
    is_settled: bool = True
    staff_role: StaffRole | None = None

    @property
    def email(self) -> str:
        """Where they sign in."""
        return f"{self.name.lower()}@example.org"

    @property
    def id(self) -> UserId:
        """The same on every machine."""
        return UserId(uuid5(CAST, self.name))


PEOPLE = (
    Person("Alice", "Martin", "en", "owns Acme, activated", (ACME, "Acme")),
    Person("Bob", "Tremblay", "fr", "member of Acme, activated", (ACME, "Acme"), Role.MEMBER),
    Person("Charlie", "Okafor", "en", "an outsider with Northwind", (NORTHWIND, "Northwind")),
    Person("Dana", "Lopez", "en", "new, has confirmed her address", is_settled=False),
    Person("Sam", "Novak", "en", "of support: opens /console", staff_role=StaffRole.ADMIN),
)


async def seed_people(service: Service) -> int:
    """Add who is missing of the cast; how many. Nobody is mailed."""
    async with service.database.lease() as db:
        known = [await store.user_by_email(db, person.email) for person in PEOPLE]
    missing = [person for person, user in zip(PEOPLE, known, strict=True) if user is None]
    if not missing:
        return 0
    password_hash = await service.parts.get(Passwords).hash(PASSWORD)
    facts = Facts(service.catalogue)
    for person in missing:
        async with service.works.begin() as work:
            await _settle_in(work, facts, person, password_hash)
    return len(missing)


async def _settle_in(work: Work, facts: Facts, person: Person, password_hash: str) -> None:
    user = User.registering(
        person.id,
        person.email,
        password_hash,
        names=(person.name, person.last_name),
        locale=person.locale,
        now=work.now,
    )
    await store.add_user(work.db, user)
    await store.verify_email(work.db, user.id, work.now)
    await store_staff.set_staff_role(work.db, user.id, person.staff_role)
    for event in (UserRegistered(user_id=user.id), EmailVerified(user_id=user.id)):
        await activity.record(work, event)
    # Told to onboarding directly: announced as events, they would write to people.
    await facts.note(work, user.id, fact="email_verified")
    if not person.is_settled:
        return
    profile = {"time_zone": "America/Toronto", "market": "CA"}
    await store.set_profile(work.db, user.id, profile, work.now)
    await facts.note(work, user.id, fact="profile_completed")
    await facts.note(work, user.id, fact="market_chosen", market="CA")
    if person.project is not None:
        await _join(work, facts, person, *person.project)


async def _join(work: Work, facts: Facts, person: Person, project_id: UUID, name: str) -> None:
    if person.role is Role.OWNER:
        await store_projects.add_project(work.db, project_id, name, person.id, work.now)
    else:
        await store_projects.add_member(work.db, project_id, person.id, person.role, work.now)
    await facts.note(work, person.id, fact="project_joined", roles=[person.role])
    if person.role is Role.OWNER:
        contact = f"{person.name} {person.last_name}"
        await store_projects.set_billing_contact(
            work.db, project_id, contact, person.email, work.now
        )
        await facts.note(work, person.id, fact="billing_contact_set")
