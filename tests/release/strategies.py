"""What hypothesis may think of: moments of people who could exist."""

from hypothesis import strategies as st

from firstmile.release.estimates import Effect
from firstmile.release.moments import Moments

WHOLE = st.integers(-1_000, 1_000)


@st.composite
def moments(draw: st.DrawFn) -> Moments:
    """Of up to forty units with whole numbers, whose sums are exact."""
    pairs = draw(st.lists(st.tuples(WHOLE, WHOLE), max_size=40))
    return Moments(
        len(pairs),
        sum(y for y, _ in pairs),
        sum(y * y for y, _ in pairs),
        sum(x for _, x in pairs),
        sum(x * x for _, x in pairs),
        sum(x * y for y, x in pairs),
    )


@st.composite
def effects(draw: st.DrawFn) -> Effect:
    """Of any size, from two units to more than there are people."""
    fewest = draw(st.integers(1, 10**12))
    return Effect(
        2 * fewest,
        fewest,
        draw(st.floats(-1e6, 1e6)),
        draw(st.floats(1e-9, 1e6)),
        draw(st.floats(1, 1e12)),
    )
