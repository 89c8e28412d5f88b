"""The verbs about flags: which there are, what they come to and why, and changing them."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec
import uvloop

from firstmile.cli.ground import complain, refusing, settings_with_database
from firstmile.kernel.refusals import Refusal
from firstmile.settings import Settings

R = TypeVar("R")
ENVIRONMENT = click.option(
    "--environment", metavar="NAME", help="Which flags; those this service is ruled by, if unsaid."
)


@click.group()
def flags() -> None:
    """Feature flags: who gets what."""


@flags.command("list")
@ENVIRONMENT
@refusing
def show_all(environment: str | None) -> None:
    """Show the flags of an environment."""
    from firstmile.verbs.flags import all_of  # noqa: PLC0415

    kept = _run(lambda settings: all_of(settings, environment))
    for row in kept.flags:
        flag, share = row.flag, row.flag.serve.rollout_percentage
        state = "on " if flag.enabled else "off"
        rest = f"{len(flag.rules)} rules, the rest {_served(flag.serve.variant)} {share:g} %"
        click.echo(f"{state}  {flag.key}  {flag.type}, {rest}")
    click.echo(f"{kept.environment} is at revision {kept.revision}.")


@flags.command()
@click.argument("key")
@ENVIRONMENT
@refusing
def show(key: str, environment: str | None) -> None:
    """Show one flag as JSON."""
    from firstmile.verbs.flags import one_of  # noqa: PLC0415

    row = _run(lambda settings: one_of(settings, environment, key))
    click.echo(_pretty(row.flag))


@flags.command("set")
@click.argument("key")
@click.option(
    "--on/--off", "is_on", default=None, help="Enable it, or serve its off variant to all."
)
@click.option(
    "--percentage", type=click.FloatRange(0, 100), help="Of those whom no rule serves, how many."
)
@click.option("--whitelist", metavar="ID", multiple=True, help="Who gets it whatever rules say.")
@click.option("--market", metavar="CODE", multiple=True, help="Where it is on; * is everywhere.")
@click.option("--description", help="What it is for.")
@click.option("--reason", required=True, help="Why, in a sentence that is kept.")
@ENVIRONMENT
@refusing
def change(
    key: str,
    *,
    is_on: bool | None,
    percentage: float | None,
    whitelist: tuple[str, ...],
    market: tuple[str, ...],
    description: str | None,
    reason: str,
    environment: str | None,
) -> None:
    """Change a flag, or make it; what is not said stays."""
    from firstmile.verbs.flags import put  # noqa: PLC0415

    given = {
        "enabled": is_on,
        "serve": None if percentage is None else {"rolloutPercentage": percentage},
        "userWhitelist": whitelist or None,
        "markets": market or None,
        "description": description,
    }
    said = {name: value for name, value in given.items() if value is not None}
    flag = _run(lambda settings: put(settings, environment, key, said, reason))
    click.echo(_pretty(flag))


@flags.command()
@click.argument("key", required=False)
@click.option("--context", metavar="JSON", help='Who asks, as {"targetingKey": "dana"}.')
@click.option(
    "--attribute", "attributes", metavar="NAME=VALUE", multiple=True, help="One thing of who asks."
)
@click.option(
    "--receipt",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With a key, write a receipt to this file; without one, replay it, without a database.",
)
@click.option("--json", "as_json", is_flag=True, help="Say it as data.")
@ENVIRONMENT
@refusing
def explain(
    key: str | None,
    *,
    context: str | None,
    attributes: tuple[str, ...],
    receipt: Path | None,
    as_json: bool,
    environment: str | None,
) -> None:
    """Say what a flag comes to for somebody, and each question that led there."""
    from firstmile.targeting.telling import told  # noqa: PLC0415

    if key is None:
        explanation = _replayed(receipt)
    else:
        from firstmile.verbs.flags import explain as run  # noqa: PLC0415

        asked = _context(context, attributes)
        explanation, made = _run(lambda settings: run(settings, environment, key, asked))
        if receipt is not None:
            receipt.write_text(_pretty(made) + "\n")
    click.echo(_pretty(explanation) if as_json else "\n".join(told(explanation)))


@flags.command()
@ENVIRONMENT
@refusing
def stale(environment: str | None) -> None:
    """List what there is to tidy up; exits with 1 when there is anything."""
    from firstmile.verbs.flags import tidying  # noqa: PLC0415

    debts, strangers = _run(lambda settings: tidying(settings, environment))
    for debt in debts:
        since = f"since {debt.since}" if debt.since else ""
        click.echo(f"{debt.key}  {debt.sign}  {since}  {debt.owner}".rstrip())
    for one in strangers:
        click.echo(
            f"{one.key}  unknown  asked {one.count} times until {one.last_asked_at:%Y-%m-%d}"
        )
    if debts or strangers:
        raise SystemExit(1)


def _replayed(path: Path | None) -> Any:
    from firstmile.targeting.receipts import Receipt, replayed  # noqa: PLC0415

    if path is None:
        complain("Name a flag, or a receipt to replay.")
    try:
        receipt = msgspec.json.decode(path.read_bytes(), type=Receipt)
    except (OSError, msgspec.MsgspecError) as broken:
        complain(f"{path} is no receipt: {broken}")
    explanation, agrees = replayed(receipt)
    if not agrees:
        complain(f"{path} does not agree with itself: it was changed, or hashed otherwise.")
    return explanation


def _context(text: str | None, attributes: tuple[str, ...]) -> dict[str, Any]:
    try:
        context = msgspec.json.decode(text or "{}", type=dict[str, Any])
    except msgspec.MsgspecError as broken:
        complain(f"--context is no JSON object: {broken}")
    for one in attributes:
        name, equals, value = one.partition("=")
        if not equals:
            complain(f"--attribute {one} has no =")
        context[name] = _value(value)
    return context


def _value(text: str) -> Any:
    """JSON where it is some, else the text itself."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _served(variant: str | None) -> str:
    return "by weight" if variant is None else variant


def _pretty(document: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def _run(act: Callable[[Settings], Coroutine[Any, Any, R]]) -> R:
    """Do it with the settings; a refusal ends with all its reasons."""
    try:
        return uvloop.run(act(settings_with_database()))
    except Refusal as refused:
        details = refused.details if isinstance(refused.details, list) else []
        for one in details:
            click.echo(f"{one['field']}: {one['message']}", err=True)
        complain(f"{refused.message} Nothing was changed.")
