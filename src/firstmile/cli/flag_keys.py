"""The verbs about SDK keys: what applications and browsers ask for flags with."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import click
import uvloop

from firstmile.cli.ground import complain, refusing, settings_with_database
from firstmile.kernel.refusals import Refusal

if TYPE_CHECKING:
    from firstmile.kernel.work import Work
    from firstmile.release.models import SdkKey
    from firstmile.service import Service

R = TypeVar("R")
KINDS = ("server", "client")
ENVIRONMENT = click.option(
    "--environment", default="production", show_default=True, help="The set of flags it is of."
)


@click.group()
def keys() -> None:
    """SDK keys: what applications and browsers ask for flags with."""


@keys.command("list")
@ENVIRONMENT
@refusing
def show(environment: str) -> None:
    """Show the keys of an environment; no text can be read again."""
    from firstmile.release.store_sdk_keys import keys_of  # noqa: PLC0415

    async def found(work: "Work", _: "Service") -> "list[SdkKey]":
        return await keys_of(work.db, environment)

    for key in _do(found):
        used = "never used" if key.last_used_at is None else f"used {key.last_used_at:%Y-%m-%d}"
        click.echo(f"{key.id}  {key.kind:6}  {key.label}  {key.name}  ({used})")


@keys.command()
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="server",
    show_default=True,
    help="A server sees every flag and rule; a client is public and sees public flags alone.",
)
@ENVIRONMENT
@refusing
def make(name: str, kind: str, environment: str) -> None:
    """Make a key, and show it this once."""
    from firstmile.release.models import Author, KeyKind  # noqa: PLC0415

    _, text = _do(
        lambda work, service: service.sdks.keys.make(
            work,
            service.hints,
            Author("the command"),
            environment=environment,
            kind=KeyKind(kind),
            name=name,
        )
    )
    click.echo(text)


@keys.command()
@click.argument("key_id", type=click.UUID)
@click.option("--reason", default="By the command.", help="Why; it is kept for a year.")
@refusing
def revoke(key_id: UUID, reason: str) -> None:
    """Let a key open nothing any more, on every replica."""
    from firstmile.release.models import Author  # noqa: PLC0415

    _do(
        lambda work, service: service.sdks.keys.revoke(
            work, service.hints, Author("the command"), key_id, reason
        )
    )
    click.echo("Revoked.")


def _do(act: "Callable[[Work, Service], Awaitable[R]]") -> R:
    """Do it in a transaction of its own; a refusal ends with its reason."""
    settings = settings_with_database()
    from firstmile.verbs.opening import opened  # noqa: PLC0415

    async def doing() -> R:
        async with opened(settings) as service, service.works.begin() as work:
            return await act(work, service)

    try:
        return uvloop.run(doing())
    except Refusal as refused:
        for one in refused.details or [{"field": "refused", "message": refused.message}]:
            click.echo(f"{one['field']}: {one['message']}", err=True)
        complain("Nothing was changed.")
