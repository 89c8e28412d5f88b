"""Everything that is announced is heard, or is said to be unheard."""

import ast
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.promises.source import trees

from firstmile.kernel.events import Event
from firstmile.service import Service
from firstmile.settings import Settings
from firstmile.wiring import UNHEARD


def every_event() -> dict[str, type[Event]]:
    """The event classes of all packages by their names."""
    announcing = [path for path in trees() if Path(path).name.startswith("events")]
    names = [path.removesuffix(".py").replace("/", ".") for path in announcing]
    modules = [import_module(f"firstmile.{name}") for name in names if "kernel" not in name]
    return {
        name: kind
        for module in modules
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, Event) and kind.__module__ == module.__name__
    }


EVENTS = every_event()


@pytest.fixture
def heard() -> set[type[Event]]:
    """The classes somebody listens to, in the service as it is built."""
    given = {"secret_key": SecretStr("x" * 40), "database_url": SecretStr("postgresql://nowhere")}
    return Service(Settings(firstmile_env="development", **given)).subscribers.heard()  # type: ignore[arg-type]


def test_there_are_events_of_every_package() -> None:
    assert {"UserRegistered", "EmailVerified", "StepSettled", "Activated"} <= set(EVENTS)


def test_every_event_is_heard_or_said_to_be_unheard(heard: set[type[Event]]) -> None:
    assert set(EVENTS.values()) - heard == set(UNHEARD)


def test_nothing_is_listened_to_that_is_never_announced(heard: set[type[Event]]) -> None:
    made = {
        ast.unparse(node.func).rpartition(".")[2]
        for path, tree in trees().items()
        if not Path(path).name.startswith("events")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }

    assert {name for name in EVENTS if name not in made} == set()


def test_no_event_carries_a_credential() -> None:
    """Events are kept for a year and read by people."""
    words = {"password", "token", "secret", "cookie", "hash", "email", "address"}
    fields = {field for kind in EVENTS.values() for field in kind.__struct_fields__}

    assert "user_id" in fields
    assert {field for field in fields if words & set(field.split("_"))} == set()


def test_every_event_has_a_name_of_its_own() -> None:
    kinds = [kind.kind() for kind in EVENTS.values()]

    assert len(set(kinds)) == len(kinds)
