"""Reads the records of a file one at a time: a JSON array, a JSON object a line, or CSV."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOBase
from pathlib import Path
from typing import Any, cast

CHUNK = 1 << 16
MAX_RECORD = 1 << 20
WHITE = " \t\r\n"


class FileBroken(ValueError):
    """A file that cannot be read on; its text says where, to the operator."""


@dataclass(frozen=True)
class Unreadable:
    """A record that is none, and why."""

    row: int
    reason: str


@dataclass(frozen=True)
class Record:
    """What a file says at one place, with the names it uses."""

    row: int
    fields: dict[str, Any]

    def text(self, *names: str) -> str:
        """The first of these fields that is a text, or nothing."""
        return text_in(self.fields, *names)

    def inner(self, name: str) -> dict[str, Any]:
        """The object in this field, also when it is written as JSON, or an empty one."""
        return object_in(self.fields, name)

    def items(self, name: str) -> list[Any]:
        """The list in this field, or an empty one."""
        value = self.fields.get(name)
        return value if isinstance(value, list) else []


def json_records(path: Path) -> Iterator[Record | Unreadable]:
    """The objects of a JSON array, or of a file with an object a line.

    Raises FileBroken where an array cannot be read on; of lines only the wrong ones are lost.
    """
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        start = file.read(1)
        while start and start in WHITE:
            start = file.read(1)
        if start == "[":
            yield from _of_array(cast(TextIOBase, file))
        elif start == "{":
            yield from _of_lines(cast(TextIOBase, file), start)
        elif start:
            raise FileBroken("this is neither a JSON array nor a JSON object a line")


def csv_records(path: Path) -> Iterator[Record | Unreadable]:
    """The rows of a CSV file whose first line names the columns; an empty cell is no field."""
    csv.field_size_limit(MAX_RECORD)
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = csv.DictReader(file)
        number = 0
        while True:
            number += 1
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as broken:
                raise FileBroken(f"row {number} is no CSV: {broken}") from broken
            if None in row or None in row.values():
                yield Unreadable(number, "has another number of cells than there are columns")
            else:
                filled = {name: cell for name, cell in row.items() if cell not in ("", "NULL")}
                yield Record(number, filled)


def is_json(path: Path) -> bool:
    """Whether a file begins as JSON does."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return file.read(CHUNK).lstrip()[:1] in ("[", "{")


def text_in(fields: dict[str, Any], *names: str) -> str:
    """The first of these fields that is a text, or nothing."""
    found = (fields.get(name) for name in names)
    return next((value for value in found if isinstance(value, str) and value), "")


def object_in(fields: dict[str, Any], name: str) -> dict[str, Any]:
    """The object in this field, also when it is written as JSON, or an empty one."""
    value = fields.get(name)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def _of_lines(file: TextIOBase, start: str) -> Iterator[Record | Unreadable]:
    number = 0
    while line := start + file.readline(MAX_RECORD):
        start = ""
        if line.strip():
            number += 1
            yield _of_line(line, number)


def _of_line(line: str, number: int) -> Record | Unreadable:
    if len(line) >= MAX_RECORD:
        raise FileBroken(f"record {number} is longer than a megabyte")
    try:
        return _named(json.loads(line), number)
    except (ValueError, RecursionError):
        return Unreadable(number, "is no JSON")


def _of_array(file: TextIOBase) -> Iterator[Record | Unreadable]:
    decoder, rest, number, is_end = json.JSONDecoder(), "", 0, False
    while True:
        rest = rest.lstrip(WHITE + ",") if number else rest.lstrip(WHITE)
        if rest.startswith("]"):
            return
        try:
            value, end = decoder.raw_decode(rest)
            # A number or a word may go on in what is not read yet.
            is_whole = is_end or end < len(rest)
        except (ValueError, RecursionError) as broken:
            if is_end or len(rest) > MAX_RECORD:
                where = f"record {number + 1} cannot be read, and nothing after it"
                raise FileBroken(where) from broken
            is_whole = False
        if is_whole:
            number += 1
            rest = rest[end:]
            yield _named(value, number)
        else:
            chunk = file.read(CHUNK)
            rest, is_end = rest + chunk, not chunk


def _named(value: Any, number: int) -> Record | Unreadable:
    return Record(number, value) if isinstance(value, dict) else Unreadable(number, "is no object")
