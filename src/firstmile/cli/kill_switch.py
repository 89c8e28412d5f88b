"""The verbs of the kill switch: what is off, off, on, and the drill that proves it."""

import sys
from collections.abc import Iterable

import click
import uvloop

from firstmile.cli.ground import complain, refusing, settings_with_database
from firstmile.kernel.refusals import Conflict, Invalid
from firstmile.protect.switches import WHILE_OFF, Area

AREAS = click.Choice([str(area) for area in Area])
CANARY = "canary"
FLIPS = {True: 50, False: 3}  # of the canary, which nobody notices; of an area, which people do


@click.group("kill-switch")
def kill_switch() -> None:
    """Switch parts of the product off, on every replica at once."""


@kill_switch.command()
@refusing
def status() -> None:
    """Show what is off, since when and why, and whether every replica knows."""
    from firstmile.verbs.release import show_switches  # noqa: PLC0415

    found = uvloop.run(show_switches(settings_with_database()))
    off = {one.area: one for one in found.state.off}
    for area in Area:
        if area in off:
            one = off[area]
            click.echo(f"{area:12} OFF since {one.since:%Y-%m-%d %H:%M:%S} UTC: {one.reason}")
        else:
            click.echo(f"{area:12} on")
    for seen in found.replicas:
        knows = "knows" if seen.revision == found.state.revision else "does not know yet"
        delay = "" if seen.delay_ms is None else f", the last change took {seen.delay_ms:.1f} ms"
        click.echo(f"{seen.role:6} {seen.id} {knows}{delay}")
    if not found.replicas:
        click.echo("No replica runs.")


@kill_switch.command("off")
@click.argument("area", type=AREAS)
@click.option("--reason", required=True, help="Why, in a sentence that is kept.")
@refusing
def switch_off(area: str, reason: str) -> None:
    """Switch an area off."""
    if _use(area, reason, off=True):
        click.echo(f"{area} is off. {WHILE_OFF[Area(area)]}")
    else:
        click.echo(f"{area} was off already.")


@kill_switch.command("on")
@click.argument("area", type=AREAS)
@click.option("--reason", required=True, help="Why, in a sentence that is kept.")
@refusing
def switch_on(area: str, reason: str) -> None:
    """Switch an area on again."""
    click.echo(f"{area} is on{'' if _use(area, reason, off=False) else ' already'}.")


@click.group()
def drill() -> None:
    """Rehearse what one hopes never to need."""


@drill.command("kill-switch")
@click.option("--flips", type=click.IntRange(1, 1000), help="How often; 50, of an area 3.")
@click.option(
    "--area",
    type=click.Choice([CANARY, *(str(area) for area in Area)]),
    default=CANARY,
    show_default=True,
    help="What to flip; people notice every one but the canary.",
)
@click.option("--yes", is_flag=True, help="Do not ask before an area is switched off.")
@refusing
def drill_kill_switch(flips: int | None, area: str, *, yes: bool) -> None:
    """Flip a switch until every replica has it, and print how long each took."""
    from firstmile.verbs.release import drill_kill_switch as run  # noqa: PLC0415

    wanted = None if area == CANARY else Area(area)
    count = flips or FLIPS[wanted is None]
    settings = settings_with_database()
    if wanted is not None and not yes:
        click.echo(f"{WHILE_OFF[wanted]} {count} times, for some milliseconds each.")
        click.confirm(f"Switch {area} off and on?", abort=True)
    try:
        done = uvloop.run(run(settings, wanted, count))
    except Conflict as refused:
        complain(str(refused))
    except KeyboardInterrupt:
        complain(f"Stopped. {area} is on." if wanted else "Stopped.")
    click.echo(f"{done.flips} flips of {area}, in milliseconds:")
    click.echo(f"{'':54} {'p50':>8} {'p95':>8} {'p99':>8} {'longest':>8}")
    for one in done.reached.values():
        _show(f"{one.role:6} {one.id} by {one.wire}", one.delays, one.missed)
    _show("all", done.delays, done.missed)
    if done.missed:
        sys.exit(1)


def _show(name: str, delays: Iterable[float], missed: int) -> None:
    from firstmile.release.replica import share_of  # noqa: PLC0415

    ordered = sorted(delays)
    figures = [share_of(ordered, share) for share in (0.5, 0.95, 0.99, 1.0)]
    told = " ".join("       -" if one is None else f"{one:8.1f}" for one in figures)
    late = f"  {missed} did not arrive in 10 s" if missed else ""
    click.echo(f"{name:54} {told}{late}")


def _use(area: str, reason: str, *, off: bool) -> bool:
    from firstmile.verbs.release import use_switch  # noqa: PLC0415

    try:
        return uvloop.run(use_switch(settings_with_database(), Area(area), reason, off=off))
    except Invalid as refused:
        complain(str(refused))
