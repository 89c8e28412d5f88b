"""Fifty flags with a rule and a share each, and the SDK key that asks for them."""

from firstmile.release.actions import publish
from firstmile.release.models import Author, Change, KeyKind, Subject
from firstmile.settings import Settings
from firstmile.targeting.conditions import Condition
from firstmile.targeting.flags import Flag, Rule, Serve
from firstmile.verbs.opening import opened

FLAGS = 50
ONE = "/ofrep/v1/evaluate/flags/flag-7"
ALL = "/ofrep/v1/evaluate/flags"
CONTEXT = '{"context":{"targetingKey":"dana","plan":"team","country":"CA"}}'


async def make_flags(settings: Settings) -> str:
    """Publish them; the text of a server's key."""
    author = Author("bench")
    rule = Rule(Condition(attribute="plan", values=("team",)), Serve("on", rollout_percentage=50))
    async with opened(settings) as service, service.works.begin() as work:
        for number in range(FLAGS):
            flag = Flag(f"flag-{number}", enabled=True, rules=(rule,))
            change = Change("production", Subject.FLAG, flag.key, flag, author, "To measure")
            await publish(work, service.hints, change)
        _, text = await service.sdks.keys.make(
            work,
            service.hints,
            author,
            environment="production",
            kind=KeyKind.SERVER,
            name="bench",
        )
    return text
