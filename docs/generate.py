# ruff: noqa: INP001
"""Writes docs/reference from the code: `python docs/generate.py`, or `--check` to compare."""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import click
from asvs import asvs_page
from flags_page import flags_page
from markdown import page, table
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from routes_page import routes_page
from source import events, refusals

from firstmile.cli import main as command
from firstmile.main import declared_metrics, openapi_document
from firstmile.onboarding.files import fields
from firstmile.onboarding.files.linting.advice import CODES
from firstmile.onboarding.files.schema import schema
from firstmile.settings import Settings

FOLDER = Path(__file__).parent / "reference"
WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "`true` or `false`",
    Path: "path",
    SecretStr: "secret",
}


def pages() -> dict[str, str]:
    """Every page of the reference by its file name."""
    made = {
        "routes.md": routes_page(openapi_document()),
        "errors.md": _errors(),
        "steps.md": _steps(),
        "steps.schema.json": f"{json.dumps(schema(), indent=2)}\n",
        "flags.md": flags_page(),
        "settings.md": _settings(),
        "cli.md": _commands(),
        "events.md": _events(),
        "metrics.md": _metrics(),
        "asvs.md": asvs_page(),
    }
    return {"index.md": _index(made), **made}


def main() -> int:
    """Write the pages, or say which ones differ."""
    made = pages()
    if "--check" not in sys.argv[1:]:
        FOLDER.mkdir(exist_ok=True)
        for name, text in made.items():
            (FOLDER / name).write_text(text)
        return 0
    stale = [name for name, text in made.items() if _present(name) != text]
    for name in stale:
        print(f"docs/reference/{name} is out of date: run `python docs/generate.py`")
    return 1 if stale else 0


def _present(name: str) -> str | None:
    path = FOLDER / name
    return path.read_text() if path.exists() else None


def _index(made: Mapping[str, str]) -> str:
    listed = []
    for name, text in made.items():
        if not name.endswith(".md"):
            continue
        title, _, first, *_ = text.removeprefix("# ").split("\n")
        listed.append(f"- [{title}]({name}): {first}")
    words = "What there is, exactly. How to do something is in [how-to](../how-to/), and why it is"
    return page("Reference", f"{words} so in [explanation](../explanation/).", "\n".join(listed))


def _errors() -> str:
    rows = [(f"`{one.code}`", ", ".join(map(str, one.statuses)), one.when) for one in refusals()]
    return page(
        "Errors",
        "Every code that `error` of a problem document may hold.",
        "A refusal is `application/problem+json` (RFC 9457): `type`, `status`, `error`, `message`"
        " in the caller's language, `correlationId`, and where it helps `retryAfter` in seconds"
        " and `details`. `step_blocked` adds `blockedBy` and `nextStep`, `step_unverified` adds"
        " `href`; both, and refusals for a role, add `reasons`: each with `kind`, `message`, what"
        " it names, and a `fix`.",
        table(["Code", "Status", "When"], rows),
    )


def _steps() -> str:
    facts = [(f"`{fact}`", meaning) for fact, meaning in fields.FACTS.items()]
    codes = [(f"`{code}`", meaning) for code, meaning in CODES.items()]
    return page(
        "Steps",
        "What the files of `STEPS_DIR` may say; `firstmile steps lint` reads them.",
        "The same as [JSON Schema](steps.schema.json), which `firstmile steps schema` prints; with"
        " `# yaml-language-server: $schema=…` in the first line an editor knows it.",
        f"## A file\n\n{_fields(fields.FILE)}",
        f"## A step\n\n{_fields(fields.STEP)}",
        f"## A requirement of which any is enough\n\n{_fields(fields.NEED)}",
        f"## A fix\n\n{_fields(fields.FIX)}",
        f"## Verification\n\n{_fields(fields.VERIFICATION)}",
        f"## A due date\n\n{_fields(fields.DUE)}",
        f"## A route\n\n{_fields(fields.ROUTE)}",
        f"## Facts\n\n{table(['Fact', 'When it is true'], facts)}",
        "## What `firstmile steps lint` says\n\n`when_nobody` is a mistake, like all that is wrong"
        " with a file. The others are warnings: they refuse nothing.\n\n"
        f"{table(['Code', 'When'], codes)}",
    )


def _fields(of: Mapping[str, fields.Field]) -> str:
    rows = [
        (
            f"`{name}`",
            one.called,
            one.meaning,
            "needed" if one.is_needed else one.unset or "nothing",
        )
        for name, one in of.items()
    ]
    return table(["Field", "Kind", "Meaning", "When left out"], rows)


def _settings() -> str:
    parts = []
    for section in reversed(Settings.__mro__):
        own = _own_fields(section)
        if own:
            title = (section.__doc__ or "").strip().partition(".")[0]
            rows = [_setting(name, field) for name, field in own.items()]
            rows_of = table(["Name", "Kind", "Default", "Meaning"], rows)
            parts.append(f"## {title}\n\n{rows_of}")
    return page(
        "Settings",
        "What an operator may set, by environment variables.",
        "`NAME_FILE` names a file that holds the value of `NAME`. `firstmile settings` shows what"
        " is in force, without the secrets.",
        *parts,
    )


def _own_fields(section: type) -> dict[str, FieldInfo]:
    if not issubclass(section, BaseModel) or not section.__module__.startswith("firstmile."):
        return {}
    own = section.__annotations__
    return {name: field for name, field in Settings.model_fields.items() if name in own}


def _setting(name: str, field: FieldInfo) -> tuple[str, str, str, str]:
    default = "" if field.default in (None, ()) else f"`{str(field.default).lower()}`"
    if not isinstance(field.default, bool) and field.default not in (None, ()):
        default = f"`{field.default}`"
    return f"`{name.upper()}`", _kind(field), default, field.description or ""


def _kind(field: FieldInfo) -> str:
    kinds = [kind for kind in get_args(field.annotation) if kind is not type(None)]
    if get_origin(field.annotation) is Literal:
        return " or ".join(f"`{value}`" for value in kinds)
    if get_origin(field.annotation) is tuple:
        return "JSON list"
    kind = kinds[0] if kinds else field.annotation
    bounds = [
        f"{word} {getattr(limit, name)}"
        for limit in field.metadata
        for name, word in (("ge", "from"), ("le", "to"))
        if hasattr(limit, name)
    ]
    return " ".join([WORDS.get(kind, "JSON"), *bounds])


def _commands() -> str:
    return page(
        "Commands",
        "The verbs of `firstmile`, all of which answer `--help`.",
        *_verbs(command, "firstmile"),
    )


def _verbs(group: click.Group, words: str) -> Iterable[str]:
    for name, verb in sorted(group.commands.items()):
        if isinstance(verb, click.Group):
            yield from _verbs(verb, f"{words} {name}")
            continue
        arguments = "".join(
            f" [{one.human_readable_name}]"
            for one in verb.params
            if isinstance(one, click.Argument)
        )
        options = [one for one in verb.params if isinstance(one, click.Option)]
        parts = [f"## `{words} {name}{arguments}`", (verb.help or "").strip()]
        if options:
            rows = [(f"`{one.opts[0]}`", f"`{one.default}`", one.help or "") for one in options]
            parts.append(table(["Option", "Default", "Meaning"], rows))
        yield "\n\n".join(parts)


def _events() -> str:
    rows = [
        (f"`{one.kind}`", one.meaning, ", ".join(f"`{field}`" for field in one.fields), one.heard)
        for one in events()
    ]
    return page(
        "Events",
        "What is announced, in the transaction in which it happens.",
        "`wiring.py` says who listens. Events of onboarding are kept for a year.",
        table(["Event", "When", "Fields", "What then happens"], rows),
    )


def _metrics() -> str:
    rows = [
        (f"`{one.name}`", one.kind, ", ".join(f"`{label}`" for label in one.labels), one.what)
        for one in declared_metrics()
    ]
    return page(
        "Metrics",
        "What `GET /metrics` tells Prometheus.",
        "Each process counts for itself. In production `/metrics` wants `METRICS_TOKEN` as a"
        " bearer token, and is not there without one.",
        table(["Name", "Kind", "Labels", "Meaning"], rows),
    )


if __name__ == "__main__":
    sys.exit(main())
