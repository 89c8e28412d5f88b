"""The operator's verbs."""

import json
import sys
from pathlib import Path

import click
import uvloop

from firstmile import __version__
from firstmile.cli.audit import audit
from firstmile.cli.clients import clients
from firstmile.cli.consent import consent
from firstmile.cli.embed import embed
from firstmile.cli.flag_files import export_flags, import_flags
from firstmile.cli.flag_keys import keys as sdk_keys
from firstmile.cli.flags import flags
from firstmile.cli.ground import complain, refusing, settings_with_database
from firstmile.cli.guidance import guidance
from firstmile.cli.kill_switch import drill, kill_switch
from firstmile.cli.passwords import doctor, passwords
from firstmile.cli.rollouts import rollouts
from firstmile.cli.staff import permissions, staff
from firstmile.cli.steps import folder_of, steps
from firstmile.cli.users import users
from firstmile.settings import Settings, load_settings


@click.group()
@click.version_option(__version__)
def main() -> None:
    """Firstmile: from a visitor's first click to an activated user."""


main.add_command(audit)
main.add_command(clients)
main.add_command(doctor)
main.add_command(drill)
main.add_command(embed)
main.add_command(flags)
main.add_command(consent)
main.add_command(guidance)
main.add_command(kill_switch)
main.add_command(passwords)
main.add_command(permissions)
main.add_command(rollouts)
main.add_command(staff)
main.add_command(steps)
main.add_command(users)
flags.add_command(export_flags)
flags.add_command(import_flags)
flags.add_command(sdk_keys)


@main.command()
@refusing
def serve() -> None:
    """Serve the web application."""
    from firstmile.serve import serve as run  # noqa: PLC0415  only this verb needs the server

    run(settings_with_database())


@main.command()
@refusing
def work() -> None:
    """Run jobs and schedules."""
    from firstmile.worker import run_worker  # noqa: PLC0415

    uvloop.run(run_worker(settings_with_database()))


@main.command()
@click.option("--to", default="head", show_default=True, help="Revision to go to.")
@refusing
def migrate(to: str) -> None:
    """Bring the database up to date, make the first signing keys, bring the help articles."""
    click.echo(f"The database is at revision {_migrate(settings_with_database(), to)}.")


@main.command()
@refusing
def prepare() -> None:
    """Migrate, apply the steps and seed the demo cast; for development."""
    settings = settings_with_database()
    if not settings.is_development:
        complain("The demo cast is for development (FIRSTMILE_ENV=development).")
    _migrate(settings, "head")
    from firstmile.verbs.preparing import prepare as run  # noqa: PLC0415

    if not uvloop.run(run(settings, folder_of(settings.steps_dir))):
        click.echo(
            "The steps stay as somebody changed them; `firstmile steps apply` puts the folder's"
            " into force."
        )


@main.group()
def keys() -> None:
    """Keys that sign access tokens."""


@keys.command("list")
@refusing
def keys_list() -> None:
    """Show the keys and their states."""
    _show_keys(rotate=False)


@keys.command("rotate")
@refusing
def keys_rotate() -> None:
    """Sign with the next key, publish a new one, and seal all with the present secret."""
    _show_keys(rotate=True)


@main.command("clean-up")
@refusing
def clean_up() -> None:
    """Delete expired tokens, sessions, idempotency keys, old mails and old events."""
    from firstmile.verbs.cleaning import clean_up as run  # noqa: PLC0415

    for what, count in uvloop.run(run(settings_with_database())).items():
        click.echo(f"{what}: {count}")


@main.command()
@refusing
def settings() -> None:
    """Show every setting with its value; secrets only as given or not."""
    for name, value in sorted(load_settings().model_dump().items()):
        click.echo(f"{name.upper()}={value}")


@main.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    from firstmile.main import openapi_document  # noqa: PLC0415

    click.echo(json.dumps(openapi_document(), indent=2, sort_keys=True))


@main.command()
@click.option("--port", default=8000, show_default=True, help="Port of the web application.")
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    default=Path("var"),
    show_default=True,
    help="Folder for the database, generated secrets, mail and logs.",
)
@refusing
def up(port: int, home: Path) -> None:
    """Run everything on this machine: database, web, worker, demo data."""
    from firstmile.up import run_up  # noqa: PLC0415

    sys.exit(run_up(port, home))


def _migrate(settings: Settings, to: str) -> str | None:
    from firstmile.outside.migrations import migrate as run  # noqa: PLC0415

    assert settings.database_url is not None  # noqa: S101  settings_with_database has seen to it
    revision = run(settings.database_url.get_secret_value(), to=to)
    if to == "head":
        from firstmile.verbs.help import bring_help  # noqa: PLC0415
        from firstmile.verbs.keys import make_keys  # noqa: PLC0415

        uvloop.run(make_keys(settings))
        uvloop.run(bring_help(settings))
    return revision


def _show_keys(*, rotate: bool) -> None:
    from firstmile.verbs.keys import show_keys  # noqa: PLC0415

    for row in uvloop.run(show_keys(settings_with_database(), rotate=rotate)):
        click.echo(f"{row.state:9} {row.kid}  since {row.state_since:%Y-%m-%d %H:%M} UTC")


if __name__ == "__main__":
    main()
