"""The verbs about people."""

import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
import uvloop

from firstmile.cli.ground import complain, refusing, settings_with_database

if TYPE_CHECKING:
    from firstmile.identity.importing.report import Outcome

FORMATS = ("json", "csv", "django", "supabase", "auth0", "kratos")
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def users() -> None:
    """Accounts of people."""


@users.command("import")
@click.argument("source", metavar="FILE", type=FILE)
@click.option("--from", "form", type=click.Choice(FORMATS), required=True, help="Who wrote it.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Say what would be done, write nothing.")
@click.option("--hashes", type=FILE, help="The file of hashes that Auth0 gives on request.")
@click.option(
    "--report",
    "told_to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write each record that was not added to this file, one JSON object a line.",
)
@refusing
def import_users(
    source: Path, form: str, *, is_dry: bool, hashes: Path | None, told_to: Path | None
) -> None:
    """Take accounts over from another system; nobody is mailed, nobody is added twice.

    The exit code is 1 when records were refused, and 2 when the file cannot be read.
    """
    settings = settings_with_database()
    if hashes is not None and form != "auth0":
        complain("--hashes is for --from auth0: the others keep hashes with their accounts.")
    from firstmile.identity.importing.records import FileBroken  # noqa: PLC0415
    from firstmile.identity.importing.report import Report  # noqa: PLC0415
    from firstmile.verbs.people import import_users as run  # noqa: PLC0415

    with ExitStack() as open_until_told:
        report = Report()
        if told_to is not None:
            file = open_until_told.enter_context(told_to.open("w", encoding="utf-8"))
            report.tell = _writing(file.write)
        broken: Exception | None = None
        try:
            uvloop.run(run(settings, form, source, report, hashes=hashes, is_dry=is_dry))
        except (FileBroken, OSError) as failed:
            broken = failed
    for line in report.lines(is_dry=is_dry):
        click.echo(line)
    if broken is not None:
        complain(f"{source}: {broken}")
    sys.exit(1 if report.refused else 0)


def _writing(write: Callable[[str], int]) -> "Callable[[Outcome], None]":
    def tell(outcome: "Outcome") -> None:
        write(json.dumps(asdict(outcome)) + "\n")

    return tell
