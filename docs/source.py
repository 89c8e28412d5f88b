# ruff: noqa: INP001
"""What the source itself says of refusals and events, read as syntax trees."""

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import firstmile
from firstmile.kernel import refusals as kernel
from firstmile.kernel.events import Event
from firstmile.kernel.problems import STATUS
from firstmile.wiring import UNHEARD

PACKAGE = Path(firstmile.__file__).parent
# What somebody else said, passed on.
PASSED_ON = ("refusal.error", "error", "error or type(self).error")
# Calls that say `error` and mean something else.
NO_REFUSALS = ("log.", "segno.make")
# A refusal that is answered with a status of its own.
OWN_STATUS = {"method_not_allowed": 405}


@dataclass
class Code:
    """One code of a problem document: its statuses, and when it is said."""

    code: str
    statuses: list[int] = field(default_factory=list)
    whens: list[str] = field(default_factory=list)

    @property
    def when(self) -> str:
        """Every sentence once."""
        return " · ".join(dict.fromkeys(self.whens))


@dataclass(frozen=True)
class Announced:
    """One event: its name, when it is announced, what it carries and who listens."""

    kind: str
    meaning: str
    fields: list[str]
    heard: str


def refusals() -> list[Code]:
    """Every code of the source, in order; raises ValueError for one that cannot be read."""
    codes: dict[str, Code] = {}
    for file, tree in trees():
        for node in ast.walk(tree):
            for code, status, when in _said_by(file, node):
                known = codes.setdefault(code, Code(code))
                if status not in known.statuses:
                    known.statuses.append(status)
                known.whens.append(when)
    return [codes[code] for code in sorted(codes)]


def events() -> list[Announced]:
    """Every event class of the packages, in the order of their files."""
    heard = _heard()
    found = []
    for name, _ in trees():
        if not Path(name).name.startswith("events") or name.startswith("kernel/"):
            continue
        module = importlib.import_module(f"firstmile.{name.removesuffix('.py').replace('/', '.')}")
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, Event) and _is_of(kind, module.__name__):
                said = " ".join((kind.__doc__ or "").split())
                then = heard.get(kind.__name__, "nothing yet" if kind in UNHEARD else "")
                found.append(Announced(kind.kind(), said, list(kind.__struct_fields__), then))
    return found


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Every file of the package with its syntax tree."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text())


def _is_of(kind: type, module: str) -> bool:
    return kind.__module__ == module


def _said_by(file: str, node: ast.AST) -> Iterator[tuple[str, int, str]]:
    """The code, status and sentence of a refusal class or of a call that names a code."""
    if isinstance(node, ast.ClassDef):
        kind = _refusal_class(file, node.name)
        if kind is not None and "error" in vars(kind) and kind is not kernel.Refusal:
            said = " ".join((kind.__doc__ or "").split())
            yield kind.error, _status(kind), said
    if isinstance(node, ast.Call) and not ast.unparse(node.func).startswith(NO_REFUSALS):
        given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
        code = given.get("error")
        if isinstance(code, ast.Constant) and isinstance(code.value, str):
            yield code.value, _status_of_call(node, given, code.value), _sentence(node, given)
        elif code is not None and ast.unparse(code) not in PASSED_ON:
            raise ValueError(f"{file}:{node.lineno}: a code that is not written out")


def _refusal_class(file: str, name: str) -> type[kernel.Refusal] | None:
    module = importlib.import_module(f"firstmile.{file.removesuffix('.py').replace('/', '.')}")
    kind = getattr(module, name, None)
    is_refusal = isinstance(kind, type) and issubclass(kind, kernel.Refusal)
    return kind if is_refusal and kind.__module__ == module.__name__ else None


def _status(kind: type[kernel.Refusal]) -> int:
    return next(STATUS[one] for one in kind.__mro__ if one in STATUS)


def _status_of_call(node: ast.Call, given: dict[str, ast.expr], code: str) -> int:
    status = given.get("status")
    if isinstance(status, ast.Constant) and isinstance(status.value, int):
        return status.value
    called = ast.unparse(node.func)
    return OWN_STATUS.get(code) or _status(getattr(kernel, called))


def _sentence(node: ast.Call, given: dict[str, ast.expr]) -> str:
    said = given.get("message", node.args[0] if node.args else None)
    if isinstance(said, ast.Call):
        said = said.args[0]
    return str(said.value) if isinstance(said, ast.Constant) else ""


def _heard() -> dict[str, str]:
    """What `wiring.py` does about each event, in its own words."""
    tree = ast.parse((PACKAGE / "wiring.py").read_text())
    heard: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple):
            calls = [call for call in ast.walk(node) if isinstance(call, ast.Call)]
            reactions = [_reactions(call) for call in calls if _is_when(call)]
            for event in node.iter.elts:
                heard.setdefault(ast.unparse(event).rpartition(".")[2], []).extend(reactions)
        elif isinstance(node, ast.Call) and _is_when(node):
            name = ast.unparse(node.args[0]).rpartition(".")[2]
            heard.setdefault(name, []).append(_reactions(node))
    return {name: ", ".join(reactions) for name, reactions in heard.items()}


def _is_when(call: ast.Call) -> bool:
    return ast.unparse(call.func) == "when"


def _reactions(call: ast.Call) -> str:
    return ", ".join(f"`{ast.unparse(reaction)}`" for reaction in call.args[1:])
