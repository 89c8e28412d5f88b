"""The verbs of guidance: contents in a file, checked, planned and put into force."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
import uvloop

from firstmile.cli.ground import complain, refusing, settings_with_database
from firstmile.kernel.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any, TypeVar

    from firstmile.guidance.files import Planned
    from firstmile.guidance.models import Content

    R = TypeVar("R")

FILE = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
ENVIRONMENT = click.option(
    "--environment", metavar="NAME", help="Which one; that of this service, if unsaid."
)


@click.group()
def guidance() -> None:
    """Tips, tours, announcements and gates."""


@guidance.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@ENVIRONMENT
@refusing
def export(file: Path | None, environment: str | None) -> None:
    """Print what is in force as YAML, or write it to a file. Applied again it changes nothing."""
    from firstmile.verbs.guidance import export as run  # noqa: PLC0415

    text = _done(run(settings_with_database(), environment))
    if file is None:
        click.echo(text, nl=False)
    else:
        file.write_text(text, "utf-8")


@guidance.command()
@FILE
@ENVIRONMENT
@refusing
def lint(file: Path, environment: str | None) -> None:
    """Say what is wrong with the contents of a file, what is unwise, and what is not translated.

    The exit code is 2 for what could not be published; a warning alone is none.
    """
    from firstmile.guidance.lint import Level  # noqa: PLC0415
    from firstmile.verbs.guidance import lint as run  # noqa: PLC0415

    contents = _contents_of(file)
    found = _done(run(settings_with_database(), contents, environment))
    for key, one in found:
        about = f" ({one.about})" if one.about else ""
        click.echo(f"{one.level}: {key}: {one.at}: {one.message}{about}", err=True)
    missing = Counter(one.at.rpartition(".")[2] for _, one in found if one.code == "translation")
    for language, places in sorted(missing.items()):
        click.echo(f"{places} places are not translated into {language}.")
    if any(one.level is not Level.WARNING for _, one in found):
        complain("This cannot be published.")
    click.echo(f"{len(contents)} contents are in order.")


@guidance.command()
@FILE
@ENVIRONMENT
@click.option("--reason", required=True, help="Why, in a sentence that stands in the history.")
@click.option("--override", default="", help="Why an error that may be overridden may stand.")
@click.option("--prune", is_flag=True, help="Withdraw what is in force and not in the file.")
@click.option("--dry-run", is_flag=True, help="Show the plan, change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@refusing
def apply(
    file: Path,
    environment: str | None,
    reason: str,
    override: str,
    *,
    prune: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Show what a file would publish, and publish it once you agree: all of it or nothing.

    What is in force and not in the file stays, unless you --prune: then it is withdrawn, and its
    draft and versions are kept.
    """
    from firstmile.verbs.guidance import apply as run  # noqa: PLC0415
    from firstmile.verbs.guidance import plan  # noqa: PLC0415

    settings, contents = settings_with_database(), _contents_of(file)
    if prune and not contents:
        complain("The file holds nothing, so --prune would withdraw everything. Is it this file?")
    seen = _done(plan(settings, contents, environment, prune=prune))
    _show(seen)
    if dry_run or seen.is_nothing:
        return
    if not yes:
        click.confirm("Do this?" if seen.withdrawn else "Publish this?", abort=True)
    _done(
        run(
            settings,
            contents,
            environment,
            seen=seen,
            prune=prune,
            reason=reason,
            override=override,
        )
    )
    withdrawn = f" Withdrawn: {len(seen.withdrawn)}." if seen.withdrawn else ""
    click.echo(f"Published: {len(seen.to_publish)}.{withdrawn}")


def _show(seen: "Planned") -> None:
    for word, keys in (
        ("added", [one.key for one in seen.added]),
        ("changed", [one.key for one in seen.changed]),
        ("the same", seen.same),
        ("not in the file, left as they are", seen.left),
        ("not in the file, to be withdrawn", seen.withdrawn),
    ):
        click.echo(f"{word}: {', '.join(keys) or 'none'}")
    if seen.is_nothing:
        click.echo("Nothing changes.")


def _contents_of(file: Path) -> "list[Content]":
    from firstmile.guidance.files import ContentsBroken, read  # noqa: PLC0415

    try:
        return read(file.read_text("utf-8"))
    except (ContentsBroken, UnicodeDecodeError) as broken:
        complain(f"{file}: {broken}")


def _done(act: "Coroutine[Any, Any, R]") -> "R":
    try:
        return uvloop.run(act)
    except Refusal as refused:
        told = f" {refused.details}" if refused.details else ""
        complain(f"{refused}{told} Nothing was changed.")
