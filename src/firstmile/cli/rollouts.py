"""The verbs of rollouts: those there are, a new one, and the end of one."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import click
import uvloop

from firstmile.cli.ground import complain, refusing, settings_with_database
from firstmile.kernel.refusals import Refusal

if TYPE_CHECKING:
    from firstmile.kernel.work import Work
    from firstmile.release.rollouts import Guard, Rollout, Stage
    from firstmile.service import Service

R = TypeVar("R")
UNITS = {"m": 1, "h": 60, "d": 1440}  # minutes
ENVIRONMENT = click.option(
    "--environment", default="production", show_default=True, help="The set of flags it is of."
)
REASON = click.option("--reason", required=True, help="Why, in a sentence that is kept.")


@click.group()
def rollouts() -> None:
    """Flags that go to more and more people by themselves."""


@rollouts.command("list")
@ENVIRONMENT
@refusing
def show(environment: str) -> None:
    """Show the rollouts of an environment: those under way first."""
    from firstmile.release.sayings import told  # noqa: PLC0415
    from firstmile.release.store_rollouts import rollouts_of  # noqa: PLC0415

    async def found(work: "Work", _: "Service") -> "list[Rollout]":
        return await rollouts_of(work.db, environment)

    for one in _do(found):
        stages = " > ".join(f"{stage.percentage:g}" for stage in one.stages)
        click.echo(
            f"{one.id}  {one.state:8}  {one.key}  at {one.percentage:g} % of {stages}"
            f"  {told(one.says)}"
        )


@rollouts.command("plan")
@click.argument("flag")
@click.option(
    "--stage",
    "stages",
    multiple=True,
    required=True,
    help="A share in percent and how long it is held, such as 5=1d, 25=12h or 50=30m.",
)
@click.option(
    "--guard",
    "guards",
    multiple=True,
    help="What may be worse by how many points: errors=1, slow=2 or completion=5.",
)
@ENVIRONMENT
@REASON
@refusing
def begin(
    flag: str, stages: tuple[str, ...], guards: tuple[str, ...], environment: str, reason: str
) -> None:
    """Begin a rollout of a flag now."""
    from firstmile.release.models import Author  # noqa: PLC0415
    from firstmile.release.ramping import Plan, plan  # noqa: PLC0415

    wanted = Plan(
        environment,
        flag,
        tuple(_stage(one) for one in stages),
        tuple(_guard(one) for one in guards),
        reason,
    )

    async def planned(work: "Work", service: "Service") -> "Rollout":
        return await plan(work, service.hints, wanted, Author("cli"))

    one = _do(planned)
    click.echo(f"{one.id} is under way: {one.key} is at {one.percentage:g} %.")


@rollouts.command("stop")
@click.argument("rollout", type=click.UUID)
@click.option("--back", is_flag=True, help="Put back what was before the rollout.")
@REASON
@refusing
def end(rollout: UUID, reason: str, *, back: bool) -> None:
    """End a rollout where it is, or where it began."""
    from firstmile.release.models import Author  # noqa: PLC0415
    from firstmile.release.ramping import stop  # noqa: PLC0415

    async def stopped(work: "Work", service: "Service") -> "Rollout":
        return await stop(work, service.hints, rollout, Author("cli"), reason, back=back)

    one = _do(stopped)
    share = one.share_before if back else one.percentage
    click.echo(f"{one.id} is over: {one.key} is at {share:g} %.")


def _stage(text: str) -> "Stage":
    from firstmile.release.rollouts import Stage  # noqa: PLC0415

    share, _, time = text.partition("=")
    try:
        return Stage(float(share), round(float(time[:-1]) * UNITS[time[-1:]]))
    except (ValueError, KeyError, OverflowError):
        complain(f"{text} is no stage: say 5=1d, 25=12h or 50=30m.")


def _guard(text: str) -> "Guard":
    from firstmile.release.rollouts import Guard, Watch  # noqa: PLC0415

    watch, _, margin = text.partition("=")
    try:
        return Guard(Watch(watch), float(margin))
    except ValueError:
        complain(f"{text} is no guard: say errors=1, slow=2 or completion=5.")


def _do(act: "Callable[[Work, Service], Awaitable[R]]") -> R:
    from firstmile.verbs.opening import opened  # noqa: PLC0415

    settings = settings_with_database()

    async def run() -> R:
        async with opened(settings) as service, service.works.begin() as work:
            return await act(work, service)

    try:
        return uvloop.run(run())
    except Refusal as refused:
        for one in refused.details or [{"field": "refused", "message": refused.message}]:
            click.echo(f"{one['field']}: {one['message']}", err=True)
        complain("Nothing was changed.")
