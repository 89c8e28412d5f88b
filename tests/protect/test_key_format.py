"""How an API key is written: a typo is known as one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstmile.kernel.ids import new_token
from firstmile.protect.key_format import LABELS, is_well_written, label_of, written

LABEL = st.integers(0, LABELS - 1).map(label_of)
SECRET = st.text("0123456789ABCXYZabcxyz-_", min_size=43, max_size=43)


@given(LABEL, SECRET)
def test_what_we_write_is_well_written(label: str, secret: str) -> None:
    key = written(label, secret)

    assert is_well_written(key)
    assert key.startswith(f"fmk_{label}_{secret}_")
    assert len(key) == 63


@given(LABEL, SECRET, st.integers(0, 62), st.sampled_from("0aZ-_.é "))
def test_a_key_with_one_sign_changed_is_not(label: str, secret: str, place: int, sign: str) -> None:
    key = written(label, secret)
    changed = key[:place] + sign + key[place + 1 :]

    assert is_well_written(changed) is (changed == key)


@given(st.text(max_size=80))
def test_no_other_text_is_a_key(text: str) -> None:
    assert not is_well_written(text)


@pytest.mark.parametrize(
    "change", [str.upper, str.strip, lambda key: key + "\n", lambda key: key[:-1]]
)
def test_a_key_is_taken_as_it_is_or_not_at_all(change: object) -> None:
    key = written(label_of(7), new_token())
    changed = change(key)  # type: ignore[operator]

    assert is_well_written(changed) is (changed == key)
