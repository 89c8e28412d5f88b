"""The verb of consent: whether the records are as they were written."""

import sys

import click
import uvloop

from firstmile.cli.ground import refusing, settings_with_database


@click.group("consent")
def consent() -> None:
    """What people agreed to."""


@consent.command()
@refusing
def verify() -> None:
    """Check the proof of every record; fails when one was changed."""
    from firstmile.verbs.privacy import consent_problems  # noqa: PLC0415

    problems = uvloop.run(consent_problems(settings_with_database()))
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        sys.exit(1)
    click.echo("Every record is as it was written.")
