"""A folder of steps in git: the definitions, and beside them the migrations that led there."""

from pathlib import Path

from firstmile.onboarding.changing.editions import Edition, Wanted
from firstmile.onboarding.files.definitions import (
    Definitions,
    DefinitionsRefused,
    Mistake,
    parse_definitions,
    read_definitions,
)
from firstmile.onboarding.files.reading_moves import read_moves
from firstmile.onboarding.files.writing import written, written_moves
from firstmile.onboarding.moves import Move

MIGRATIONS = "migrations"


def read_folder(folder: Path) -> Wanted:
    """All a folder says; raises DefinitionsRefused with every mistake in it."""
    mistakes: list[Mistake] = []
    definitions = Definitions()
    try:
        definitions = read_definitions(folder)
    except DefinitionsRefused as refused:
        mistakes.extend(refused.mistakes)
    migrations: dict[str, tuple[Move, ...]] = {}
    for file in sorted((folder / MIGRATIONS).glob("*.yaml")):
        try:
            migrations[file.stem] = read_moves(file.read_text("utf-8"), f"{MIGRATIONS}/{file.name}")
        except DefinitionsRefused as refused:
            mistakes.extend(refused.mistakes)
        except UnicodeDecodeError:
            mistakes.append(Mistake(f"{MIGRATIONS}/{file.name}", 0, "this is not UTF-8"))
    if mistakes:
        raise DefinitionsRefused(mistakes)
    texts = [file.read_text("utf-8") for file in sorted(folder.glob("*.yaml"))]
    return Wanted(definitions, migrations, "\n".join(texts))


def write_folder(folder: Path, edition: Edition) -> list[Path]:
    """Write what `read_folder` reads as this edition; the files.

    Raises FileExistsError when one of them is there already, and writes none.
    """
    texts = {folder / "steps.yaml": written(edition.definitions)}
    for name, moves in edition.made.items():
        texts[folder / MIGRATIONS / f"{name}.yaml"] = written_moves(moves)
    if there := [str(file) for file in texts if file.exists()]:
        raise FileExistsError(f"{there[0]} exists already.")
    for file, text in texts.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return list(texts)


def wanted_of(steps: str, moves: str, name: str) -> Wanted:
    """What somebody typed instead: steps, and moves under the name of a migration, if any."""
    mistakes: list[Mistake] = []
    definitions, migrations = Definitions(), dict[str, tuple[Move, ...]]()
    try:
        definitions = parse_definitions(steps)
    except DefinitionsRefused as refused:
        mistakes.extend(refused.mistakes)
    if moves.strip():
        try:
            migrations[name] = read_moves(moves, "moves")
        except DefinitionsRefused as refused:
            mistakes.extend(refused.mistakes)
    if mistakes:
        raise DefinitionsRefused(mistakes)
    return Wanted(definitions, migrations, steps)
