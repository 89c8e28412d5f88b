"""Reads the files that say what becomes of steps, and says with the line what is wrong."""

from collections.abc import Callable, Mapping
from typing import Any

from firstmile.onboarding.files.definitions import KEY, DefinitionsRefused, Mistake
from firstmile.onboarding.files.fields import FACTS, Field, complaints
from firstmile.onboarding.files.lined_yaml import BrokenYaml, Lined, read_yaml
from firstmile.onboarding.moves import Add, Drop, Merge, Move, Rename, Reset, Split

MOVES: Mapping[str, tuple[str, Mapping[str, Field]]] = {
    "rename": (
        "The step has another key.",
        {
            "from": Field(str, "The key it had.", is_needed=True),
            "to": Field(str, "The key it has now.", is_needed=True),
        },
    ),
    "merge": (
        "Several steps become one.",
        {
            "from": Field(list, "Their keys.", is_needed=True),
            "into": Field(str, "The key of the one.", is_needed=True),
            "done": Field(str, "When it is done: `all` of them are, or `any`.", is_needed=True),
        },
    ),
    "split": (
        "One step becomes several; who has done it has done each of them.",
        {
            "from": Field(str, "Its key.", is_needed=True),
            "into": Field(list, "Their keys.", is_needed=True),
        },
    ),
    "drop": (
        "The step goes, with what people did on it.",
        {"step": Field(str, "Its key.", is_needed=True)},
    ),
    "add": (
        "A new step is done for those who have done another, or of whom a fact is true.",
        {
            "step": Field(str, "Its key.", is_needed=True),
            "done_if": Field(dict, "`step:` with a key, or `fact:` with a fact.", is_needed=True),
        },
    ),
    "reset": (
        "Everybody has to do the step again.",
        {"step": Field(str, "Its key.", is_needed=True)},
    ),
}
DONE_IF = {
    "step": Field(str, "Done for whoever has done this step."),
    "fact": Field(str, "Done for whomever this fact is true of."),
}
DONE = ("all", "any")


def read_moves(text: str, file: str) -> tuple[Move, ...]:
    """The moves of one file, in their order; raises DefinitionsRefused."""
    reader = _Reader(file)
    moves = reader.read(text)
    if reader.mistakes:
        raise DefinitionsRefused(reader.mistakes)
    return moves


class _Reader:
    """Collects moves and mistakes of a file."""

    def __init__(self, file: str) -> None:
        self.mistakes: list[Mistake] = []
        self._file = file

    def read(self, text: str) -> tuple[Move, ...]:
        try:
            document = read_yaml(text)
        except BrokenYaml as broken:
            self._wrong(broken.line, f"this is not YAML: {broken.problem}")
            return ()
        if not isinstance(document, Lined) or not isinstance(document.get("moves"), list):
            self._wrong(1, "a file of a migration holds `moves:`, a list")
            return ()
        for name in document.keys() - {"moves"}:
            self._wrong(document.line_of(name), f"'{name}' is not known here")
        found = [self._move(item, document.line_of("moves")) for item in document["moves"]]
        return tuple(move for move in found if move is not None)

    def _move(self, item: Any, line: int) -> Move | None:
        if not isinstance(item, Lined) or len(item) != 1 or next(iter(item)) not in MOVES:
            where = item.line if isinstance(item, Lined) else line
            self._wrong(where, f"a move is one of: {', '.join(MOVES)}")
            return None
        ((name, said),) = item.items()
        if isinstance(said, str) and name in ("drop", "reset"):
            said = _as_mapping(said, item.line_of(name))
        if not isinstance(said, Lined):
            self._wrong(item.line_of(name), f"{name} is a mapping")
            return None
        before = len(self.mistakes)
        self._check_fields(said, MOVES[name][1])
        self._check_keys(said, MOVES[name][1])
        if name == "merge" and said.get("done") not in DONE:
            self._wrong(said.line_of("done"), "done is `all` or `any`")
        if name == "add":
            self._check_done_if(said)
        return None if len(self.mistakes) > before else BUILT[name](said)

    def _check_done_if(self, said: Lined) -> None:
        condition = said.get("done_if")
        if not isinstance(condition, Lined):
            return
        self._check_fields(condition, DONE_IF)
        if len(condition) != 1:
            self._wrong(condition.line, "done_if is either `step:` or `fact:`")
        elif "fact" in condition and condition["fact"] not in FACTS:
            self._wrong(condition.line_of("fact"), f"the fact is one of: {', '.join(FACTS)}")

    def _check_fields(self, where: Lined, fields: Mapping[str, Field]) -> None:
        for line, message in complaints(where, fields):
            self._wrong(line, message)

    def _check_keys(self, where: Lined, fields: Mapping[str, Field]) -> None:
        for name in fields.keys() - {"done", "done_if"}:
            value = where.get(name)
            keys = value if isinstance(value, list) else [value] if value is not None else []
            if isinstance(value, list) and len({*map(str, value)}) < 2:
                self._wrong(where.line_of(name), f"{name} names two steps or more")
            for key in keys:
                if not isinstance(key, str) or not KEY.fullmatch(key):
                    self._wrong(where.line_of(name), f"'{key}' is not a key: use a-z, 0-9 and -")

    def _wrong(self, line: int, message: str) -> None:
        self.mistakes.append(Mistake(self._file, line, message))


def _as_mapping(key: str, line: int) -> Lined:
    short = Lined(step=key)
    short.line, short.lines = line, {"step": line}
    return short


BUILT: Mapping[str, Callable[[Lined], Move]] = {
    "rename": lambda said: Rename(said["from"], said["to"]),
    "merge": lambda said: Merge(tuple(said["from"]), said["into"], said["done"]),
    "split": lambda said: Split(said["from"], tuple(said["into"])),
    "drop": lambda said: Drop(said["step"]),
    "add": lambda said: Add(said["step"], said["done_if"].get("step"), said["done_if"].get("fact")),
    "reset": lambda said: Reset(said["step"]),
}
