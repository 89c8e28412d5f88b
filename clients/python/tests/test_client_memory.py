"""A memory stays within its size and keeps what is used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstmile_client.memory import Memory


@given(st.lists(st.integers(0, 20)), st.integers(1, 5))
def test_it_never_holds_more_than_its_size(keys: list[int], size: int) -> None:
    memory: Memory[int, int] = Memory(size)
    for key in keys:
        memory.put(key, key)
        assert memory.get(key) == key
        assert len(memory) <= size


def test_what_was_used_last_stays() -> None:
    memory: Memory[str, int] = Memory(2)
    memory.put("a", 1)
    memory.put("b", 2)
    memory.get("a")
    memory.put("c", 3)
    assert (memory.get("a"), memory.get("b"), memory.get("c")) == (1, None, 3)


def test_a_memory_of_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Memory(0)
