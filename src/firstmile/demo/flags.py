"""A few flags and segments of the demo, so that the pages about them have something to show."""

from datetime import date

from firstmile.demo.people import PEOPLE
from firstmile.release import store
from firstmile.release.actions import publish
from firstmile.release.models import Author, Change, Subject
from firstmile.service import Service
from firstmile.targeting.conditions import Condition, Op
from firstmile.targeting.flags import Flag, Kind, Prerequisite, Rule, Segment, Serve, Type, Weight

SAM = Author("staff", next(person.id for person in PEOPLE if person.name == "Sam"))
TESTERS = tuple(str(person.id) for person in PEOPLE if person.project is not None)
ENVIRONMENTS = ("production", "staging")

BETA = Segment("beta-testers", "Who asked to see things first", included=TESTERS)
BIG = Segment(
    "big-teams",
    "Teams that pay and have more than 50 seats",
    when=Condition(
        all_of=(
            Condition(attribute="plan", values=("team", "enterprise")),
            Condition(attribute="seats", op=Op.MORE, values=(50,)),
        )
    ),
)
CHECKOUT = Flag(
    "new-checkout",
    enabled=True,
    description="The checkout on one page",
    owner="Payments",
    serve=Serve(variant="on", rollout_percentage=5),
    rules=(Rule(Condition(segment="beta-testers"), Serve(variant="on"), description="First"),),
)
CHECKOUT_LATER = Flag(
    "new-checkout",
    enabled=True,
    description="The checkout on one page",
    owner="Payments",
    serve=Serve(variant="on", rollout_percentage=25),
    rules=(
        Rule(Condition(segment="beta-testers"), Serve(variant="on"), description="First"),
        Rule(Condition(attribute="market", values=("CA", "FR")), Serve(variant="on")),
    ),
)
FLAGS = (
    Flag(
        "welcome-text",
        type=Type.STRING,
        variants={"plain": "Welcome.", "warm": "Good to have you here."},
        enabled=True,
        on_variant="warm",
        off_variant="plain",
        kind=Kind.EXPERIMENT,
        description="Which words greet somebody new",
        owner="Growth",
        serve=Serve(weights=(Weight("plain", 50), Weight("warm", 50))),
        is_public=True,
    ),
    Flag(
        "bank-transfers",
        enabled=True,
        kind=Kind.PERMISSION,
        description="Paying by bank, for teams that are large enough",
        owner="Payments",
        prerequisites=(Prerequisite("new-checkout", ("on",)),),
        rules=(Rule(Condition(segment="big-teams"), Serve(variant="on")),),
        serve=Serve(variant="on", rollout_percentage=0),
    ),
    Flag(
        "exports",
        enabled=True,
        kind=Kind.OPERATIONAL,
        description="Whether anybody may export; off while the disks are busy",
        owner="Operations",
    ),
    Flag(
        "old-invitations",
        description="The invitations of last year",
        owner="Growth",
        expires_on=date(2026, 1, 31),
    ),
)


async def seed_flags(service: Service) -> int:
    """Publish the flags of the demo where nothing was ever changed; how many changes."""
    async with service.works.begin() as work:
        made = [name for name in ENVIRONMENTS if await store.revisions(work.db, name, most=1)]
        changes = [one for name in ENVIRONMENTS if name not in made for one in _changes(name)]
        for change in changes:
            await publish(work, service.hints, change)
    return len(changes)


def _changes(environment: str) -> list[Change]:
    def of(document: Flag | Segment, reason: str) -> Change:
        subject = Subject.FLAG if isinstance(document, Flag) else Subject.SEGMENT
        return Change(environment, subject, document.key, document, SAM, reason)

    checkout = [of(CHECKOUT, "Try the new checkout with a few")]
    if environment == "production":
        checkout.append(of(CHECKOUT_LATER, "No complaint for a week: Canada and France next"))
    return [
        of(BETA, "Those who signed up for it"),
        of(BIG, "For bank transfers"),
        *checkout,
        *(of(flag, "From the start") for flag in FLAGS),
    ]
