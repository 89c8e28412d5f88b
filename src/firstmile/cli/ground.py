"""What every verb stands on: the settings, and a refusal in plain words."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import NoReturn, ParamSpec, TypeVar

import click

from firstmile.kernel.refusals import Unavailable
from firstmile.settings import Settings, SettingsRefused, load_settings

P = ParamSpec("P")
R = TypeVar("R")


def refusing(command: Callable[P, R]) -> Callable[P, R]:
    """Say a refusal in plain words, with exit code 2, instead of a traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (SettingsRefused, Unavailable) as refused:
            complain(str(refused))

    return run


def settings_with_database() -> Settings:
    """The settings of a verb that needs the database; ends without one."""
    settings = load_settings()
    if settings.database_url is None:
        complain("DATABASE_URL is missing. `firstmile up` brings a database of its own.")
    return settings


def complain(message: str) -> NoReturn:
    """Say why it cannot be done, and end with exit code 2."""
    click.echo(message, err=True)
    sys.exit(2)
