"""The verbs about passwords, and the doctor who knows what they cost."""

import sys
from pathlib import Path
from typing import Literal

import click

from firstmile.cli.ground import complain, refusing


@click.group()
def passwords() -> None:
    """The list of stolen passwords."""


@passwords.command("build-filter")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("stolen-passwords.filter"),
    show_default=True,
    help="Where to write the filter.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["plain", "hibp"]),
    default="plain",
    show_default=True,
    help="A password a line, or SHA1:count as Have I Been Pwned gives it.",
)
@click.option("--seen", default=1, show_default=True, help="Least count of a line that is kept.")
@refusing
def build_filter(source: Path, out: Path, form: Literal["plain", "hibp"], seen: int) -> None:
    """Make the filter that BREACHED_PASSWORDS_FILE may name, from a list of passwords."""
    from firstmile.identity.breached_building import (  # noqa: PLC0415
        ListBroken,
    )
    from firstmile.identity.breached_building import build_filter as build  # noqa: PLC0415

    try:
        with source.open("rb") as lines:
            count = build(lines, out, form, seen=seen)
    except (ListBroken, OSError) as failed:
        complain(f"{source}: {failed}")
    click.echo(f"{out} holds {count} passwords in {out.stat().st_size} bytes.")


@click.command()
@click.option("--calibrate-hash", is_flag=True, help="Measure password hashes on this machine.")
@refusing
def doctor(*, calibrate_hash: bool) -> None:
    """Look whether this installation can run; exit code 1 when something is wrong."""
    if calibrate_hash:
        _calibrate()
        return
    from firstmile.doctor import findings  # noqa: PLC0415

    are_well = True
    for finding in findings():
        mark = "ok " if finding.is_well else "BAD"
        first, *rest = finding.said.splitlines()
        click.echo(f"{mark}  {finding.subject:14}  {first}")
        for line in rest:
            click.echo(f"{'':21}{line}")
        are_well = are_well and finding.is_well
    sys.exit(0 if are_well else 1)


def _calibrate() -> None:
    from firstmile.doctor import WITHIN_MS, prices, recommended  # noqa: PLC0415

    click.echo(f"{'setting':64}{'one hash':>10}{'a second':>10}")
    found = []
    for price in prices():
        found.append(price)
        click.echo(f"{price.scheme.as_settings():64}{price.ms:>7.0f} ms{1000 / price.ms:>10.1f}")
    click.echo(f"\nThe dearest of each kind within {WITHIN_MS} ms, or the least that is safe:")
    for price in recommended(found):
        click.echo(f"  {price.scheme.as_settings()}")
