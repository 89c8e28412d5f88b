"""Says what makes no sense about moves, between the definitions of before and after."""

from collections.abc import Iterator, Mapping, Sequence

from firstmile.onboarding.files.definitions import Definitions, Mistake
from firstmile.onboarding.files.fields import PROJECT_FACTS
from firstmile.onboarding.moves import Add, Drop, Move, gone, made, needed, sides


def check_moves(
    before: Definitions, after: Definitions, migrations: Mapping[str, Sequence[Move]]
) -> list[Mistake]:
    """What makes no sense between these definitions, in the order the moves are made."""
    known = {step.key for step in before.steps}
    ever = set(known)
    wanted = {step.key for step in after.steps}
    placed = [
        (file, number, move)
        for file, moves in migrations.items()
        for number, move in enumerate(moves, start=1)
    ]
    of_moves = sides([move for *_, move in placed], before.sharing, after.sharing)
    mistakes: list[Mistake] = []
    for (file, number, move), side in zip(placed, of_moves, strict=True):
        told = [*_complaints(move, known, wanted), *_unearned(move, ever), *_of_sides(move, side)]
        mistakes.extend(Mistake(file, 0, f"move {number}: {one}") for one in told)
        known = (known - gone(move)) | {*made(move)}
        ever |= known
    moved = {key for *_, move in placed for key in made(move)}
    mistakes.extend(
        Mistake(placed[-1][0], 0, f"'{key}' is made by a move, and is no step of the definitions")
        for key in sorted((moved & known) - wanted)
    )
    return mistakes


def check_scopes(before: Definitions, after: Definitions) -> list[Mistake]:
    """Steps that would be of a project and were of people, or the other way round.

    What everybody did alone is nothing a project did, and nobody can say whose it would be.
    """
    scopes = {step.key: step.scope for step in before.steps}
    return [
        Mistake(
            "steps",
            0,
            f"step '{step.key}' has the scope `{scopes[step.key]}` and would have `{step.scope}`:"
            " give it another key, so that one step goes and another comes",
        )
        for step in after.steps
        if scopes.get(step.key, step.scope) != step.scope
    ]


def check_made(
    made: Mapping[str, Sequence[Move]], migrations: Mapping[str, Sequence[Move]]
) -> list[Mistake]:
    """What says something else than when it was made: nobody would ever hear of it."""
    return [
        Mistake(name, 0, "this migration was made, and said something else: write another one")
        for name, moves in migrations.items()
        if name in made and tuple(made[name]) != tuple(moves)
    ]


def _complaints(move: Move, known: set[str], wanted: set[str]) -> Iterator[str]:
    yield from (f"there was no step '{key}'" for key in needed(move) if key not in known)
    for key in made(move):
        if key in known and key not in needed(move):
            yield f"'{key}' was a step already{', merge them' if needed(move) else ''}"
    if isinstance(move, Drop) and move.key in wanted:
        yield f"'{move.key}' is still a step: `reset` it, or remove it"


def _unearned(move: Move, ever: set[str]) -> Iterator[str]:
    """What earns a step may be gone by then, and must have been."""
    if isinstance(move, Add) and move.step is not None and move.step not in ever:
        yield f"there was no step '{move.step}'"


def _of_sides(move: Move, side: Mapping[str, bool]) -> Iterator[str]:
    """A move is about people, or about projects."""
    shared = next((key for key in side if side[key]), None)
    own = next((key for key in side if not side[key]), None)
    if shared is not None and own is not None:
        yield (
            f"'{shared}' is a step of a project and '{own}' one of people:"
            " what everybody did alone is nothing that a project did"
        )
    if shared is not None and isinstance(move, Add) and move.fact not in (None, *PROJECT_FACTS):
        yield f"'{move.fact}' is about a person; of a project is: {', '.join(PROJECT_FACTS)}"
