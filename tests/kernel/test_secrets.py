"""What a stolen value is worth without the secret, and what a new secret still reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstmile.kernel.secrets import Vault

OLD, NEW = "an old secret of the service", "a new secret of the service"


@given(st.binary(max_size=500))
def test_what_was_sealed_is_opened_again(value: bytes) -> None:
    vault = Vault([NEW])

    assert vault.open("mail", vault.seal("mail", value)) == value


def test_the_same_value_is_never_sealed_the_same_way_twice() -> None:
    vault = Vault([NEW])

    assert len({vault.seal("mail", b"the same") for _ in range(50)}) == 50


@given(st.data())
def test_a_sealed_value_with_one_bit_changed_is_refused(data: st.DataObject) -> None:
    vault = Vault([NEW])
    sealed = bytearray(vault.seal("mail", b"a link with a token"))
    place = data.draw(st.integers(0, len(sealed) * 8 - 1))

    sealed[place // 8] ^= 1 << place % 8

    with pytest.raises(ValueError, match="a sealed value was"):
        vault.open("mail", bytes(sealed))


@pytest.mark.parametrize("length", [0, 3, 4, 15, 16, 31])
def test_a_sealed_value_that_was_cut_off_is_refused(length: int) -> None:
    vault = Vault([NEW])

    with pytest.raises(ValueError, match=r"sealed value|Nonce"):
        vault.open("mail", vault.seal("mail", b"a link with a token")[:length])


def test_a_value_sealed_for_one_purpose_does_not_open_for_another() -> None:
    vault = Vault([NEW])

    with pytest.raises(ValueError, match="no longer given"):
        vault.open("signing_key", vault.seal("mail", b"a link with a token"))


def test_the_secret_before_still_opens_and_the_new_one_seals() -> None:
    sealed = Vault([OLD]).seal("mail", b"a link with a token")
    both = Vault([NEW, OLD])

    assert both.open("mail", sealed) == b"a link with a token"
    assert Vault([NEW]).open("mail", both.seal("mail", b"later")) == b"later"


def test_a_secret_that_is_no_longer_given_opens_nothing() -> None:
    sealed = Vault([OLD]).seal("mail", b"a link with a token")

    with pytest.raises(ValueError, match="no longer given"):
        Vault([NEW]).open("mail", sealed)


def test_a_digest_depends_on_the_secret_the_purpose_and_the_value() -> None:
    digests = {
        Vault([secret]).digest(purpose, value)
        for secret in (OLD, NEW)
        for purpose in ("session", "reset_password")
        for value in ("one", "another")
    }

    assert len(digests) == 8
    assert {len(digest) for digest in digests} == {32}


def test_digests_are_told_newest_secret_first() -> None:
    assert Vault([NEW, OLD]).digests("session", "a cookie") == [
        Vault([NEW]).digest("session", "a cookie"),
        Vault([OLD]).digest("session", "a cookie"),
    ]


def test_text_and_its_bytes_have_the_same_digest() -> None:
    vault = Vault([NEW])

    assert vault.digest("session", "é") == vault.digest("session", "é".encode())


def test_a_vault_without_a_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one secret"):
        Vault([])
