"""The verbs that look at a running service from outside."""

import json
import sys
from typing import TYPE_CHECKING

import click
import uvloop

from firstmile.cli.ground import complain, refusing, settings_with_database

if TYPE_CHECKING:
    from firstmile.auditing.enumeration import Group, Result

LOGIN = ("login", "forgot", "resend", "login-again", "forgot-again", "resend-again")
REGISTER = ("register", "register-again")
GIVEN = ("known", "unverified", "paused", "locked", "passwordless", "two-factor")


@click.group()
def audit() -> None:
    """What a running service tells to strangers."""


@audit.command("enumeration")
@click.argument("url")
@click.option(
    "--samples",
    type=click.IntRange(20, 2000),
    default=200,
    show_default=True,
    help="Answers to compare for each state of an account and each probe.",
)
@click.option(
    "--probe",
    "probes",
    type=click.Choice(LOGIN[:3] + REGISTER[:1] + LOGIN[3:] + REGISTER[1:]),
    multiple=True,
    help="What to ask; all of it when left out, but `register` only with --prepare.",
)
@click.option(
    "--prepare",
    "is_prepared",
    is_flag=True,
    help="Make accounts in every state through DATABASE_URL, and remove them at the end.",
)
@click.option("--domain", default="example.org", show_default=True, help="Of the addresses made.")
@click.option(
    "--address",
    "given",
    type=(click.Choice(GIVEN), str),
    multiple=True,
    metavar="STATE ADDRESS",
    help=f"An account of your own to ask about; states are {', '.join(GIVEN)}.",
)
@click.option("--json", "is_json", is_flag=True, help="Print the report as JSON.")
@refusing
def enumeration(
    url: str,
    *,
    samples: int,
    probes: tuple[str, ...],
    is_prepared: bool,
    domain: str,
    given: tuple[tuple[str, str], ...],
    is_json: bool,
) -> None:
    """Find out whether the service at URL tells which addresses have an account.

    It asks about addresses in every state, in an order that is new each time, and compares the
    answers and the time they take. The exit code is 1 when they differ.
    """
    if is_prepared == bool(given):
        complain("Give either --prepare, or your own accounts with --address known NAME@EXAMPLE.")
    chosen = probes or (LOGIN + REGISTER if is_prepared else LOGIN)
    try:
        if is_prepared:
            results = uvloop.run(_prepared(url, chosen, samples, domain))
        else:
            results = uvloop.run(_asked(url, chosen, samples, _own(given, domain)))
    except ConnectionError as silent:
        complain(str(silent))
    _tell(url, results, is_json=is_json)


async def _prepared(url: str, chosen: tuple[str, ...], samples: int, domain: str) -> "list[Result]":
    from firstmile.auditing.accounts import AuditAccounts  # noqa: PLC0415
    from firstmile.kernel.ids import new_token  # noqa: PLC0415
    from firstmile.verbs.opening import opened  # noqa: PLC0415

    async with opened(settings_with_database()) as service:
        accounts = AuditAccounts(service, domain=domain)
        try:
            return await _asked(url, chosen, samples, await accounts.add(new_token()))
        finally:
            await accounts.remove()


async def _asked(
    url: str, chosen: tuple[str, ...], samples: int, groups: "list[Group]"
) -> "list[Result]":
    import httpx  # noqa: PLC0415

    from firstmile.auditing.enumeration import PROBES, audit  # noqa: PLC0415

    async with httpx.AsyncClient(base_url=url, timeout=10) as client:
        try:
            return [await audit(client, PROBES[name], groups, samples) for name in chosen]
        except (httpx.HTTPError, httpx.InvalidURL) as silent:
            raise ConnectionError(f"{url} does not answer: {silent}") from silent


def _own(given: tuple[tuple[str, str], ...], domain: str) -> "list[Group]":
    """The operator's own accounts beside an address that has none, asked about again and again."""
    from firstmile.auditing.enumeration import Group, always  # noqa: PLC0415
    from firstmile.kernel.ids import new_id  # noqa: PLC0415

    nobody = f"audit-{new_id().hex}@{domain}"
    own = [Group(state, always(address)) for state, address in given]
    return [Group("unknown", always(nobody)), *own]


def _tell(url: str, results: "list[Result]", *, is_json: bool) -> None:
    from firstmile.auditing.report import as_document, as_text  # noqa: PLC0415

    if is_json:
        click.echo(json.dumps(as_document(url, results), indent=2))
    else:
        for line in as_text(url, results):
            click.echo(line)
    if any(result.telling for result in results):
        sys.exit(1)
