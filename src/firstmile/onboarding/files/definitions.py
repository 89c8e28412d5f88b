"""Reads step definitions from YAML and says, with the line, what is wrong with them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from firstmile.kernel.languages import DEFAULT, LANGUAGES
from firstmile.onboarding.files.fields import (
    FILE,
    ROLES,
    ROUTE,
    STEP,
    Field,
    complaints,
)
from firstmile.onboarding.files.lined_yaml import BrokenYaml, Lined, read_yaml
from firstmile.onboarding.files.linting.audiences import Meant, why_nobody
from firstmile.onboarding.files.reading_needs import check_href, read_needs
from firstmile.onboarding.files.reading_scope import check_scope
from firstmile.onboarding.files.reading_verification import (
    called_in,
    check_verification,
    counted_in,
    read_condition,
    read_due,
)
from firstmile.onboarding.gates import GatedRoute, normal_path
from firstmile.onboarding.models import Definition, Scope
from firstmile.onboarding.requirements import Need

MOST = 10_000
KEY = re.compile(r"[a-z][a-z0-9-]{1,48}")


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong, and where.

    Some have a stable code, and a `message` with the place for what they are `about`.
    """

    file: str
    line: int
    message: str
    code: str = ""
    about: str = ""

    def __str__(self) -> str:
        told = f"{self.file}:{self.line}: {self.message.replace('{about}', self.about)}"
        return f"{told} [{self.code}]" if self.code else told


class DefinitionsRefused(Exception):
    """The definitions cannot be used; `mistakes` says why, all at once."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = mistakes


@dataclass
class Definitions:
    """Steps in their order, and the routes that wait for them."""

    steps: list[Definition] = field(default_factory=list)
    routes: list[GatedRoute] = field(default_factory=list)

    @property
    def sharing(self) -> dict[str, bool]:
        """Of each step by its key, whether the members of a project have it together."""
        return {step.key: step.is_shared for step in self.steps}


def read_definitions(folder: Path) -> Definitions:
    """Every `*.yaml` of a folder, in the order of their names; raises DefinitionsRefused."""
    reader = _Reader()
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise DefinitionsRefused([Mistake(str(folder), 0, "there is no *.yaml file here")])
    for file in files:
        try:
            reader.read(file.name, file.read_text("utf-8"))
        except UnicodeDecodeError:
            reader.mistakes.append(Mistake(file.name, 0, "this is not UTF-8"))
    return reader.finished()


def parse_definitions(text: str, name: str = "steps.yaml") -> Definitions:
    """The definitions in one text; raises DefinitionsRefused."""
    reader = _Reader()
    reader.read(name, text)
    return reader.finished()


class _Reader:
    """Collects definitions and mistakes over several files."""

    def __init__(self) -> None:
        self.found = Definitions()
        self.mistakes: list[Mistake] = []
        self._where: dict[str, tuple[str, int]] = {}
        self._file = ""

    def read(self, file: str, text: str) -> None:
        self._file = file
        try:
            document = read_yaml(text)
        except BrokenYaml as broken:
            self._wrong(broken.line, f"this is not YAML: {broken.problem}")
            return
        if not isinstance(document, Lined):
            self._wrong(1, "a file holds `steps:` and, if you like, `routes:`")
            return
        self._check_fields(document, FILE)
        for step in self._items(document, "steps"):
            self._step(step)
        for route in self._items(document, "routes"):
            self._route(route)

    def finished(self) -> Definitions:
        known = [step.key for step in self.found.steps]
        for step in self.found.steps:
            self._file, line = self._where[step.key]
            for key in _keys(step.needs):
                if key not in known:
                    self._wrong(line, f"step '{step.key}' requires '{key}', which is no step")
            if cycle := _cycle_from(step.key, self.found.steps):
                self._wrong(line, f"steps wait for each other: {' -> '.join(cycle)}")
        for route in self.found.routes:
            self._file, line = self._where[route.path]
            for key in _keys(route.requirements):
                if key not in known:
                    self._wrong(line, f"route '{route.path}' needs '{key}', which is no step")
        if self.mistakes:
            raise DefinitionsRefused(self.mistakes)
        return self.found

    def _step(self, step: Lined) -> None:
        before = len(self.mistakes)
        self._check_step(step)
        requires, requires_any = read_needs(step, "requires", self._wrong)
        verification = step.get("verification")
        if isinstance(verification, Lined):
            check_verification(verification, self._wrong)
        when, due = read_condition(step, self._wrong), read_due(step, self._wrong)
        if len(self.mistakes) > before or not isinstance(verification, Lined):
            return
        self._where[step["key"]] = (self._file, step.line)
        self.found.steps.append(
            definition := Definition(
                key=step["key"],
                version=step.get("version", 1),
                titles=dict(step["title"]),
                descriptions=dict(step["description"]),
                required=step.get("required", True),
                weight=step.get("weight", 1),
                roles=frozenset(step.get("roles", ())),
                markets=frozenset(step.get("markets", ())),
                requires=requires,
                requires_any=requires_any,
                fact=verification.get("fact"),
                by_person=verification["by"] == "person",
                href=step.get("href") or f"/onboarding/{step['key']}",
                when=when,
                due=due,
                event=counted_in(verification),
                call=called_in(verification),
                scope=Scope(step.get("scope", Scope.USER)),
            )
        )
        self._check_somebody(step, definition)

    def _check_step(self, step: Lined) -> None:
        self._check_fields(step, STEP)
        key = step.get("key")
        if isinstance(key, str):
            self._check_key(step, key)
        self._check_texts(step, "title")
        self._check_texts(step, "description")
        self._check_numbers(step)
        check_href(step, self._wrong)
        self._check_members(step, "roles", ROLES)
        self._check_names(step, ("roles", "markets"))
        check_scope(step, self._wrong)

    def _route(self, route: Lined) -> None:
        before = len(self.mistakes)
        self._check_fields(route, ROUTE)
        path = route.get("path")
        if isinstance(path, str):
            if normal_path(path) != path or path == "/":
                self._wrong(route.line_of("path"), "a path is plain, like /billing/invoices")
            if path in self._where:
                self._wrong(route.line_of("path"), f"the path '{path}' stands twice")
        self._check_names(route, ("roles", "markets"))
        when = read_condition(route, self._wrong)
        needs, needs_any = read_needs(route, "needs", self._wrong)
        self._check_members(route, "roles", ROLES)
        if not any(route.get(name) for name in ("needs", "roles", "markets", "when")):
            self._wrong(route.line, "a route needs `needs:`, `roles:`, `markets:` or `when:`")
        if len(self.mistakes) > before:
            return
        self._where[route["path"]] = (self._file, route.line)
        self.found.routes.append(
            gate := GatedRoute(
                route["path"],
                needs,
                frozenset(route.get("roles", ())),
                needs_any,
                frozenset(route.get("markets", ())),
                when,
            )
        )
        self._check_somebody(route, gate)

    def _check_somebody(self, where: Lined, meant: Meant) -> None:
        if why := why_nobody(meant):
            line = where.line_of("when")
            self.mistakes.append(Mistake(self._file, line, why[0], "when_nobody", why[1]))

    def _check_key(self, step: Lined, key: str) -> None:
        if not KEY.fullmatch(key):
            self._wrong(step.line_of("key"), f"'{key}' is not a key: use a-z, 0-9 and -")
        if key in self._where:
            self._wrong(step.line_of("key"), f"the key '{key}' stands twice")

    def _check_texts(self, step: Lined, name: str) -> None:
        texts = step.get(name)
        if not isinstance(texts, Lined):
            return
        if not texts.get(DEFAULT):
            self._wrong(texts.line, f"{name} has no '{DEFAULT}'")
        for language, text in texts.items():
            if language not in LANGUAGES:
                self._wrong(texts.lines[language], f"we do not speak '{language}'")
            elif not isinstance(text, str) or not text.strip():
                self._wrong(texts.lines[language], f"{name} in '{language}' is empty")

    def _check_numbers(self, step: Lined) -> None:
        for name in ("version", "weight"):
            value = step.get(name, 1)
            if isinstance(value, int) and not isinstance(value, bool) and not 1 <= value <= MOST:
                self._wrong(step.line_of(name), f"{name} is from 1 to {MOST}")

    def _check_names(self, where: Lined, names: Iterable[str]) -> None:
        for name in names:
            values = where.get(name)
            if isinstance(values, list) and not all(isinstance(one, str) for one in values):
                self._wrong(where.line_of(name), f"{name} is a list of words")

    def _check_members(self, where: Lined, name: str, allowed: tuple[str, ...]) -> None:
        values = where.get(name)
        for value in values if isinstance(values, list) else ():
            if value not in allowed:
                self._wrong(where.line_of(name), f"'{value}' is not one of {allowed}")

    def _check_fields(self, where: Lined, fields: Mapping[str, Field]) -> None:
        for line, message in complaints(where, fields):
            self._wrong(line, message)

    def _items(self, document: Lined, name: str) -> list[Lined]:
        items = document.get(name)
        if not isinstance(items, list):
            return []
        for item in items:
            if not isinstance(item, Lined):
                self._wrong(document.line_of(name), f"each of {name} is a mapping")
        return [item for item in items if isinstance(item, Lined)]

    def _wrong(self, line: int, message: str) -> None:
        self.mistakes.append(Mistake(self._file, line, message))


def _cycle_from(start: str, steps: list[Definition]) -> list[str] | None:
    """The first path from a step back to itself, when it is the least key on it."""
    requires = {step.key: _keys(step.needs) for step in steps}
    paths = [[start]]
    while paths:
        path = paths.pop()
        for key in requires.get(path[-1], ()):
            if key == start and start == min(path):
                return [*path, start]
            if key not in path:
                paths.append([*path, key])
    return None


def _keys(needs: Iterable[Need]) -> list[str]:
    return [key for need in needs for key in need.any_of]
