"""Writes definitions and moves as the YAML they are read from; comments are not kept."""

from collections.abc import Iterable
from typing import Any

import msgspec
import yaml

from firstmile.onboarding.deadlines import After, Due
from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.files.reading_verification import written_span
from firstmile.onboarding.gates import GatedRoute
from firstmile.onboarding.models import Definition
from firstmile.onboarding.moves import Add, Drop, Merge, Move, Rename, Reset, Split
from firstmile.onboarding.requirements import Need
from firstmile.protect.plain_yaml import PlainDumper
from firstmile.targeting.conditions import Condition

WIDTH = 100


def written(definitions: Definitions) -> str:
    """One text that is read back as the same definitions."""
    document: dict[str, Any] = {"steps": [_step(step) for step in definitions.steps]}
    if definitions.routes:
        document["routes"] = [_route(route) for route in definitions.routes]
    return _yaml(document)


def written_moves(moves: Iterable[Move]) -> str:
    """One text that is read back as the same moves."""
    return _yaml({"moves": [_move(move) for move in moves]})


class _Dumper(PlainDumper):
    """Lists indented below their name, short mappings on one line."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:  # noqa: ARG002, FBT001, FBT002
        return super().increase_indent(flow, indentless=False)


class _Short(dict[str, Any]):
    """A mapping that is written on one line."""


class _Row(list[Any]):
    """A list that is written on one line."""


_Dumper.add_representer(
    _Short,
    lambda dumper, said: dumper.represent_mapping("tag:yaml.org,2002:map", said, flow_style=True),
)
_Dumper.add_representer(
    _Row,
    lambda dumper, said: dumper.represent_sequence("tag:yaml.org,2002:seq", said, flow_style=True),
)


def _yaml(document: dict[str, Any]) -> str:
    text: str = yaml.dump(
        document,
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=WIDTH,
        default_flow_style=False,
    )
    return text


def _step(step: Definition) -> dict[str, Any]:
    """What a step says, without what it need not say."""
    said = {
        "key": step.key,
        "title": dict(step.titles),
        "description": dict(step.descriptions),
        "version": step.version,
        "required": step.required,
        "weight": step.weight,
        "roles": _Row(sorted(step.roles)),
        "markets": _Row(sorted(step.markets)),
        "requires": _needs(step.requires, step.requires_any),
        "when": _condition(step.when),
        "due": _due(step.due),
        "verification": _verification(step),
        "href": step.href,
        "scope": str(step.scope),
    }
    unsaid = {
        "version": 1,
        "required": True,
        "weight": 1,
        "href": f"/onboarding/{step.key}",
        "scope": "user",
    }
    return {
        name: value
        for name, value in said.items()
        if value not in ([], {}) and (name not in unsaid or value != unsaid[name])
    }


def _route(route: GatedRoute) -> dict[str, Any]:
    said = {
        "path": route.path,
        "needs": _needs(route.needs, route.needs_any),
        "roles": _Row(sorted(route.roles)),
        "markets": _Row(sorted(route.markets)),
        "when": _condition(route.when),
    }
    return {name: value for name, value in said.items() if value not in ([], {})}


def _verification(step: Definition) -> dict[str, Any]:
    said = _Short(by=step.verified_by)
    if step.fact is not None:
        said["fact"] = step.fact
    if step.event is not None:
        said["event"] = step.event.event
        if step.event.count != 1:
            said["count"] = step.event.count
        if step.event.within is not None:
            said["within"] = written_span(step.event.within)
    if step.call is not None and step.call.url is not None:
        said["url"] = step.call.url
    return said


def _condition(condition: Condition | None) -> dict[str, Any]:
    return {} if condition is None else _Short(msgspec.to_builtins(condition))


def _due(due: Due | None) -> dict[str, Any]:
    if due is None:
        return {}
    if due.on is not None:
        return _Short(date=due.on)
    after = {} if due.after is After.START else {"after": str(due.after)}
    return _Short(days=due.days, **after)


def _needs(plain: Iterable[str], groups: Iterable[Need]) -> list[Any]:
    told = [_group(need) for need in groups]
    return [*plain, *told] if told else _Row(plain)


def _group(need: Need) -> dict[str, Any]:
    said: dict[str, Any] = {"any": _Row(need.any_of)}
    if need.reasons:
        said["reason"] = dict(need.reasons)
    if need.fix is not None:
        fix = {"href": need.fix.href, "step": need.fix.step}
        said["fix"] = _Short({name: value for name, value in fix.items() if value is not None})
    return said


def _move(move: Move) -> dict[str, Any]:
    if isinstance(move, Rename):
        return {"rename": _Short({"from": move.source, "to": move.into})}
    if isinstance(move, Merge):
        said = {"from": _Row(move.sources), "into": move.into, "done": move.done}
        return {"merge": _Short(said)}
    if isinstance(move, Split):
        return {"split": _Short({"from": move.source, "into": _Row(move.into)})}
    if isinstance(move, Add):
        done_if = {"step": move.step} if move.step is not None else {"fact": move.fact}
        return {"add": _Short({"step": move.key, "done_if": _Short(done_if)})}
    return {"drop" if isinstance(move, Drop) else "reset": _key(move)}


def _key(move: Drop | Reset) -> str:
    return move.key
