"""The verbs about applications that sign their users in here."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import click
import uvloop

from firstmile.cli.ground import complain, refusing, settings_with_database
from firstmile.kernel.refusals import Refusal

if TYPE_CHECKING:
    from firstmile.identity.client_registry import Clients
    from firstmile.identity.clients import Client
    from firstmile.kernel.work import Work

R = TypeVar("R")
KINDS = ("web", "browser", "native")
USUAL_SCOPES = ("openid", "profile", "email", "roles", "offline_access")
SCOPES = (*USUAL_SCOPES, "guide")


@click.group()
def clients() -> None:
    """Applications that sign their users in here."""


@clients.command("add")
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="web",
    show_default=True,
    help="Where it runs: on a server with a secret, in a browser, or on a device.",
)
@click.option(
    "--redirect",
    "redirects",
    metavar="URL",
    multiple=True,
    required=True,
    help="Where to send people back to; may be given several times.",
)
@click.option(
    "--logout",
    "logouts",
    metavar="URL",
    multiple=True,
    help="Where to send people who signed out; may be given several times.",
)
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    help="What it may ask for; all but guide when left out.",
)
@click.option(
    "--first-party", is_flag=True, help="It is your own: people are not asked to allow it."
)
@click.option("--home", metavar="URL", help="Its front page.")
@click.option(
    "--backchannel-logout", "backchannel", metavar="URL", help="What is told of every sign-out."
)
@refusing
def add(
    name: str,
    kind: str,
    redirects: tuple[str, ...],
    logouts: tuple[str, ...],
    scopes: tuple[str, ...],
    *,
    first_party: bool,
    home: str | None,
    backchannel: str | None,
) -> None:
    """Register an application, and show its id and its secret this once."""
    from firstmile.identity.clients import Registration  # noqa: PLC0415
    from firstmile.identity.redirects import Kind  # noqa: PLC0415

    wanted = Registration(
        name=name,
        kind=Kind(kind),
        redirect_uris=redirects,
        logout_uris=logouts,
        scopes=scopes or USUAL_SCOPES,
        is_first_party=first_party,
        home_url=home,
        backchannel_uri=backchannel,
    )
    client, secret = _do(lambda work, all_: all_.register(work, wanted, staff_id=None))
    click.echo(f"client_id: {client.id}")
    if secret is not None:
        click.echo(f"client_secret: {secret}")


@clients.command("list")
@refusing
def show() -> None:
    """Show the applications."""
    from firstmile.identity.store_clients import clients as find  # noqa: PLC0415

    async def found(work: "Work", _: "Clients") -> "list[Client]":
        return await find(work.db)

    for client in _do(found):
        words = [client.kind, "first-party" if client.is_first_party else "third-party"]
        words += ["disabled"] if client.disabled_at else []
        click.echo(f"{client.id}  {client.name}  ({', '.join(words)})")
        for uri in client.redirect_uris:
            click.echo(f"    {uri}")


@clients.command("rotate-secret")
@click.argument("client_id", type=click.UUID)
@click.option(
    "--now",
    "at_once",
    is_flag=True,
    help="Refuse the former secret at once; else it counts for a day more.",
)
@refusing
def rotate_secret(client_id: UUID, *, at_once: bool) -> None:
    """Make another secret, and show it this once."""
    _, secret = _do(
        lambda work, all_: all_.renew_secret(work, client_id, staff_id=None, at_once=at_once)
    )
    click.echo(f"client_secret: {secret}")


@clients.command("disable")
@click.argument("client_id", type=click.UUID)
@refusing
def disable(client_id: UUID) -> None:
    """Let an application sign nobody in, and its tokens open nothing."""
    client = _do(lambda work, all_: all_.close(work, client_id, staff_id=None))
    click.echo(f"{client.name} is closed.")


@clients.command("enable")
@click.argument("client_id", type=click.UUID)
@refusing
def enable(client_id: UUID) -> None:
    """Let a closed application go on where it was."""
    client = _do(lambda work, all_: all_.open(work, client_id, staff_id=None))
    click.echo(f"{client.name} is open.")


def _do(act: "Callable[[Work, Clients], Awaitable[R]]") -> R:
    """Do it in a transaction of its own; a refusal ends with its reason."""
    settings = settings_with_database()
    from firstmile.identity.client_registry import Clients  # noqa: PLC0415
    from firstmile.verbs.opening import opened  # noqa: PLC0415

    async def doing() -> R:
        async with opened(settings) as service, service.works.begin() as work:
            return await act(work, service.parts.get(Clients))

    try:
        return uvloop.run(doing())
    except Refusal as refused:
        for one in refused.details or [{"field": "refused", "message": refused.message}]:
            click.echo(f"{one['field']}: {one['message']}", err=True)
        complain("Nothing was changed.")
