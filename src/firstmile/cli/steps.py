"""The verbs of steps: look for mistakes, plan, apply, undo, history, export, schema."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
import uvloop

from firstmile.cli.ground import complain, refusing, settings_with_database
from firstmile.kernel.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable
    from typing import Any, TypeVar

    from firstmile.onboarding.changing.editions import Wanted
    from firstmile.onboarding.changing.plans import Plan
    from firstmile.onboarding.files.linting.advice import Advice

    R = TypeVar("R")

FOLDER = click.argument("folder", type=click.Path(path_type=Path, exists=True), required=False)
SEEN = click.option("--plan", "seen", metavar="DIGEST", help="Only if this is still the plan.")
MOST_ROWS = 40


@click.group()
def steps() -> None:
    """Onboarding steps."""


@steps.command()
@FOLDER
@refusing
def lint(folder: Path | None) -> None:
    """Read the definitions of a folder and say what is wrong with them, or unwise.

    The exit code is 2 for a mistake; a warning alone is none. It asks no database: `steps plan`
    also warns of attributes that your server told of nobody.
    """
    from firstmile.onboarding.files.linting.unwise import warnings  # noqa: PLC0415

    found = folder_of(folder or Path("steps"))
    _warn(warnings(found.definitions))
    told = f"{len(found.definitions.steps)} steps and {len(found.definitions.routes)} routes"
    click.echo(f"{told} are in order.")


@steps.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of the files of steps."""
    from firstmile.onboarding.files.schema import schema  # noqa: PLC0415

    click.echo(msgspec.json.format(msgspec.json.encode(schema())).decode())


@steps.command()
@FOLDER
@click.option("--json", "as_json", is_flag=True, help="All groups, for programs.")
@click.option("--all", "whole", is_flag=True, help=f"More than {MOST_ROWS} groups of people.")
@refusing
def plan(folder: Path | None, *, as_json: bool, whole: bool) -> None:
    """Say what the definitions of a folder would do to whom; changes nothing."""
    from firstmile.verbs.steps import plan as run  # noqa: PLC0415

    settings = settings_with_database()
    planned, advice = _done(run(settings, folder_of(folder or settings.steps_dir)))
    _warn(advice)
    _show(planned, as_json=as_json, whole=whole)


@steps.command()
@FOLDER
@click.option("--reason", help="Why, in a sentence that is kept.")
@SEEN
@refusing
def apply(folder: Path | None, reason: str | None, seen: str | None) -> None:
    """Put the definitions of a folder into force and move everybody, at once or not at all.

    Where the plan takes completion from somebody it has to be named, by the digest that
    `steps plan` prints.
    """
    from firstmile.onboarding.changing.editions import Author, Order, check_seen  # noqa: PLC0415
    from firstmile.verbs.steps import apply_steps  # noqa: PLC0415

    settings = settings_with_database()
    found = folder_of(folder or settings.steps_dir)
    order = Order(Author("cli"), reason or f"The steps of {folder or settings.steps_dir}", seen)
    applied = _done(apply_steps(settings, found, order, check=check_seen))
    _show_definitions(applied)
    if not applied.is_nothing:
        click.echo(f"This is edition {applied.edition + 1}. {_summed(applied)}")


@steps.command()
@click.option("--reason", help="Why, in a sentence that is kept.")
@SEEN
@click.option("--dry-run", is_flag=True, help="Say what it would do to whom, change nothing.")
@refusing
def undo(reason: str | None, seen: str | None, *, dry_run: bool) -> None:
    """Undo the newest edition that stands, definitions and people.

    Whoever did nothing since is exactly where they were; where somebody moved on, the further
    of the two counts. Again, it undoes the edition before that.
    """
    from firstmile.onboarding.changing.editions import Author, Order  # noqa: PLC0415
    from firstmile.verbs.steps import plan_of_undo  # noqa: PLC0415
    from firstmile.verbs.steps import undo as run  # noqa: PLC0415

    settings = settings_with_database()
    edition, planned = _done(plan_of_undo(settings))
    if dry_run:
        click.echo(f"Edition {edition.number} would be undone: {edition.reason}")
        _show(planned, as_json=False, whole=False)
        return
    order = Order(Author("cli"), reason or f"Undo of edition {edition.number}", seen)
    undone = _done(run(settings, order))
    click.echo(f"Edition {edition.number} is undone: {edition.reason}")
    _show_definitions(undone)
    click.echo(_summed(undone))


@steps.command()
@click.option("--number", type=click.IntRange(min=1), help="One edition, with what it changed.")
@refusing
def history(number: int | None) -> None:
    """Show who put which steps into force, when and why; with what changed since the one before."""
    from firstmile.onboarding.changing.plan_words import told_of  # noqa: PLC0415
    from firstmile.verbs.steps import editions  # noqa: PLC0415

    found = _done(editions(settings_with_database()))
    pairs = zip(found, [*found[1:], None], strict=True)
    chosen = [pair for pair in pairs if number in (None, pair[0].number)]
    if number is not None and not chosen:
        complain("There is no such edition.")
    for edition, before in chosen:
        for line in told_of(edition, before):
            click.echo(line)
    if not found:
        click.echo("No steps were ever applied.")


@steps.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--number", type=click.IntRange(min=1), help="Those of this edition instead.")
@refusing
def export(folder: Path | None, number: int | None) -> None:
    """Print the steps in force as YAML, or write them to a folder with their migrations.

    Applied again they change nothing. Comments of the files they were read from are not kept.
    """
    from firstmile.onboarding.changing.folders import write_folder  # noqa: PLC0415
    from firstmile.onboarding.files.writing import written  # noqa: PLC0415
    from firstmile.verbs.steps import editions  # noqa: PLC0415

    found = _done(editions(settings_with_database()))
    edition = next((one for one in found if number in (None, one.number)), None)
    if edition is None:
        complain("There is no such edition.")
    if folder is None:
        click.echo(written(edition.definitions), nl=False)
        return
    try:
        for file in write_folder(folder, edition):
            click.echo(f"wrote {file}")
    except OSError as failed:
        complain(str(failed))


def folder_of(folder: Path) -> "Wanted":
    """What a folder says; ends with every mistake in it when there are any."""
    from firstmile.onboarding.changing.folders import read_folder  # noqa: PLC0415
    from firstmile.onboarding.files.definitions import DefinitionsRefused  # noqa: PLC0415

    try:
        return read_folder(folder)
    except DefinitionsRefused as refused:
        complain(str(refused))


def _done(act: "Coroutine[Any, Any, R]") -> "R":
    from firstmile.onboarding.files.definitions import DefinitionsRefused  # noqa: PLC0415

    try:
        return uvloop.run(act)
    except (Refusal, DefinitionsRefused) as refused:
        complain(
            f"{refused} Nothing was changed." if isinstance(refused, Refusal) else str(refused)
        )


def _warn(advice: "Iterable[Advice]") -> None:
    for one in advice:
        click.echo(f"warning: {one}", err=True)


def _show(planned: "Plan", *, as_json: bool, whole: bool) -> None:
    from firstmile.onboarding.changing.plan_words import as_document, table  # noqa: PLC0415

    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(as_document(planned))).decode())
        return
    _show_definitions(planned)
    if planned.is_nothing:
        click.echo("Nothing changes.")
        return
    for line in table(planned, most=None if whole else MOST_ROWS):
        click.echo(line)
    click.echo(_summed(planned))
    click.echo(f"This is plan {planned.digest}.")


def _show_definitions(planned: "Plan") -> None:
    for word, keys in (
        ("added", planned.added),
        ("changed", planned.changed),
        ("removed", planned.removed),
    ):
        click.echo(f"{word}: {', '.join(keys) or 'none'}")
    for had, now in planned.renamed.items():
        click.echo(f"renamed: {had} → {now}")


def _summed(planned: "Plan") -> str:
    from firstmile.onboarding.changing.plan_words import summed  # noqa: PLC0415

    return summed(planned.sums)
