"""p-values held to account for each other: of many looks at nothing, some look like something."""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted so that any false one among them is as rare as alpha (Holm 1979).

    In the order given. Holds whatever the tests have to do with each other.
    """
    count = len(p_values)
    adjusted, so_far = [0.0] * count, 0.0
    for rank, at in enumerate(sorted(range(count), key=p_values.__getitem__)):
        so_far = max(so_far, min(1.0, p_values[at] * (count - rank)))
        adjusted[at] = so_far
    return tuple(adjusted)


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted so that of those found at most a share of alpha is false (1995).

    In the order given. For tests that are independent or go together; for looking around, such
    as at many segments, never for what rolls back.
    """
    count = len(p_values)
    adjusted, so_far = [1.0] * count, 1.0
    ranked = sorted(range(count), key=p_values.__getitem__)
    for rank in range(count, 0, -1):
        at = ranked[rank - 1]
        so_far = min(so_far, p_values[at] * count / rank)
        adjusted[at] = so_far
    return tuple(adjusted)
