"""How deep JSON is nested: told as a parser would find it, and in linear time."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstmile.protect.depth import is_too_deep

anything = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside),
    max_leaves=60,
)


def depth_of(value: Any) -> int:
    """How many lists and objects stand inside each other."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


@given(anything, st.integers(0, 6), st.booleans())
def test_it_counts_as_a_parser_does(value: Any, most: int, is_ascii: bool) -> None:
    body = json.dumps(value, ensure_ascii=is_ascii).encode()

    assert is_too_deep(body, most) is (depth_of(value) > most)


def test_brackets_in_a_string_open_nothing() -> None:
    assert not is_too_deep(json.dumps(["[{" * 500, '\\"[' * 500]).encode())


@given(st.binary())
def test_no_bytes_make_it_fail(body: bytes) -> None:
    assert isinstance(is_too_deep(b"[" * 40 + body), bool)


@pytest.mark.parametrize("piece", [b'\\"', b'"', b"\\", b"[]", b'"\\'])
def test_what_would_be_read_again_and_again_is_read_once(piece: bytes) -> None:
    """Quadratic reading of ten megabytes would take hours."""
    assert not is_too_deep(b"[]" * 33 + b'"' + piece * 3_000_000)
