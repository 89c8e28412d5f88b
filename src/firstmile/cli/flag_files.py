"""The verbs that write flags to files, and read them from ours and those of other systems."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
import uvloop
import yaml

from firstmile.cli.ground import complain, refusing, settings_with_database
from firstmile.kernel.refusals import Refusal
from firstmile.protect.plain_yaml import read_plain

if TYPE_CHECKING:
    from firstmile.release.importing.plan import Plan

FORMATS = ("firstmile", "unleash", "growthbook", "flagsmith", "flagd")
MOST_BYTES = 64 * 1024 * 1024
ENVIRONMENT = click.option(
    "--environment", metavar="NAME", help="Which flags; those this service is ruled by, if unsaid."
)


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@ENVIRONMENT
@refusing
def export_flags(file: Path | None, environment: str | None) -> None:
    """Write the flags of an environment to a file, JSON or YAML by its name."""
    from firstmile.verbs.flags import export  # noqa: PLC0415

    as_yaml = file is not None and file.suffix in (".yaml", ".yml")
    try:
        text = uvloop.run(export(settings_with_database(), environment, as_yaml=as_yaml))
    except Refusal as refused:
        complain(refused.message)
    if file is None:
        click.echo(text, nl=False)
    else:
        file.write_text(text)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--format", "source", type=click.Choice(FORMATS), default="firstmile", show_default=True,
    help="Who wrote it.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what would be done, write nothing.")
@click.option(
    "--partial",
    is_flag=True,
    help="Write the rest although some cannot be carried over; those come disabled, saying why.",
)
@click.option("--reason", help="Why, in a sentence that is kept; not for --dry-run.")
@ENVIRONMENT
@refusing
def import_flags(
    file: Path,
    source: str,
    *,
    dry_run: bool,
    partial: bool,
    reason: str | None,
    environment: str | None,
) -> None:
    """Take flags over from a file, with everybody where they were; all of it or nothing.

    The exit code is 1 when something cannot be carried over and --partial is not given: then
    nothing is written. What the environment has besides stays as it is.
    """
    if not dry_run and not reason:
        complain("Say why with --reason, or try it with --dry-run.")
    plan = _bring_in(file, source, None, environment, partial=partial)
    if dry_run or (plan.refused and not partial):
        _tell(plan, would=True)
        raise SystemExit(1 if plan.refused and not partial else 0)
    _tell(_bring_in(file, source, reason, environment, partial=partial), would=False)


def _bring_in(
    file: Path, source: str, reason: str | None, environment: str | None, *, partial: bool
) -> "Plan":
    from firstmile.release.importing.plan import FORMATS as IMPORTERS  # noqa: PLC0415
    from firstmile.release.importing.reading import NotCarried  # noqa: PLC0415
    from firstmile.verbs.flags import bring_in  # noqa: PLC0415

    try:
        imported = IMPORTERS[source](_document(file))
    except NotCarried as refused:
        complain(str(refused))
    except (TypeError, ValueError, LookupError, AttributeError) as broken:
        complain(f"This is not what {source} writes: {broken!r}")
    settings = settings_with_database()
    try:
        return uvloop.run(bring_in(settings, environment, imported, reason, partial=partial))
    except Refusal as refused:
        for one in refused.details if isinstance(refused.details, list) else []:
            click.echo(f"{one['field']}: {one['message']}", err=True)
        complain(f"{refused.message} Nothing was changed.")


def _document(file: Path) -> Any:
    if file.stat().st_size > MOST_BYTES:
        complain("The file has more than 64 MiB.")
    text = file.read_bytes()
    try:
        # Numbers such as 1e3 are text to YAML, of which JSON else is a part.
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        pass
    try:
        return read_plain(text)
    except (yaml.YAMLError, UnicodeDecodeError) as broken:
        complain(f"{file} is neither JSON nor YAML: {broken}")


def _tell(plan: "Plan", *, would: bool) -> None:
    for word, documents in (("add", plan.added), ("change", plan.changed)):
        for one in documents:
            kind = type(one).__name__.lower()
            click.echo(f"{word if would else word.rstrip('e') + 'ed':8} {kind} {one.key}")
    for remark in plan.notes:
        click.echo(f"note     {remark.key}: {remark.text}")
    for remark in plan.refused:
        click.echo(f"refused  {remark.key}: {remark.text}")
    click.echo(
        f"{len(plan.added)} new, {len(plan.changed)} changed, {len(plan.same)} as they were,"
        f" {len(plan.refused)} refused." + (" Nothing was written." if would else "")
    )
