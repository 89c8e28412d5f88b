"""The verbs about rights: who is staff, and what every role may do."""

import click
import uvloop

from firstmile.cli.ground import complain, refusing, settings_with_database
from firstmile.kernel.refusals import Forbidden, NotFound

STAFF = ("support", "operator", "admin")
# The highest role first.
RANKS = ("owner", "admin", "member", "viewer", "operator", "support")


@click.command()
def permissions() -> None:
    """Show every right: what for, whose, and the routes that ask for it."""
    from firstmile.main import routes_by_permission  # noqa: PLC0415

    for permission, routes in routes_by_permission().items():
        roles = [*sorted(permission.roles, key=RANKS.index), *["API keys"] * permission.is_for_keys]
        side = "staff: " if permission.is_of_staff else ""
        click.echo(f"{permission.name}: {permission.what}")
        click.echo(f"  {side}{', '.join(roles)}")
        for route in routes:
            click.echo(f"  {route}")


@click.group()
def staff() -> None:
    """People who help others and run this place."""


@staff.command("list")
@refusing
def list_staff() -> None:
    """Show who is staff."""
    from firstmile.verbs.people import show_staff  # noqa: PLC0415

    for email, role in uvloop.run(show_staff(settings_with_database())):
        click.echo(f"{role:9} {email}")


@staff.command()
@click.argument("email")
@click.argument("role", type=click.Choice(STAFF))
@refusing
def grant(email: str, role: str) -> None:
    """Make somebody staff, or give them another role."""
    _set(email, role)
    click.echo(f"{email} is {role} now.")


@staff.command()
@click.argument("email")
@refusing
def revoke(email: str) -> None:
    """Take a staff role away."""
    _set(email, None)
    click.echo(f"{email} is not staff.")


def _set(email: str, role: str | None) -> None:
    from firstmile.kernel.access import StaffRole  # noqa: PLC0415
    from firstmile.verbs.people import set_staff  # noqa: PLC0415

    wanted = None if role is None else StaffRole(role)
    try:
        uvloop.run(set_staff(settings_with_database(), email, wanted))
    except (NotFound, Forbidden) as refused:
        complain(str(refused))
