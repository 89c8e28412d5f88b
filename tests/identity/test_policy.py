"""Who gets a session: for every account and whatever was proved."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstmile.identity.policy import (
    CREDENTIALS,
    FIRST,
    REFERENCES,
    SECOND,
    Allowed,
    Asked,
    Barrier,
    Demands,
    Evidence,
    Method,
    Proof,
    added,
    decide,
    has_two_factors,
    proved_at,
    references,
)

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
# What each way shows, told apart from the policy: who one is, and what one has at hand.
WHO = {Method.PASSWORD, Method.SOCIAL, Method.MAIL}
AT_HAND = {Method.TOTP, Method.RECOVERY_CODE, Method.PASSKEY, Method.TRUSTED_DEVICE}

proofs = st.builds(
    Proof,
    method=st.sampled_from(Method),
    at=st.integers(0, 7200).map(lambda seconds: NOW - timedelta(seconds=seconds)),
    knew_person=st.booleans(),
)
evidences = st.lists(proofs, max_size=5).map(tuple)
demands = st.builds(Demands, **{field.name: st.booleans() for field in fields(Demands)})


def shows_two_things(evidence: Evidence) -> bool:
    """Two factors, said in another way than the policy says it."""
    methods = {proof.method for proof in evidence}
    opened_key = any(one.method is Method.PASSKEY and one.knew_person for one in evidence)
    return opened_key or bool(methods & WHO and methods & AT_HAND)


@pytest.mark.parametrize("method", Method)
def test_every_way_is_placed(method: Method) -> None:
    """A new one must say what it proves, here as in the policy."""
    assert method in WHO | AT_HAND | {Method.STAFF}
    assert method in FIRST | SECOND
    assert (method in CREDENTIALS) is (
        method not in (Method.MAIL, Method.STAFF, Method.TRUSTED_DEVICE)
    )


@given(evidences, demands)
@pytest.mark.asvs("6.3.3", "6.3.4")
def test_an_account_with_a_second_factor_takes_two_things(
    evidence: Evidence, wanted: Demands
) -> None:
    verdict = decide(evidence, wanted)

    if isinstance(verdict, Allowed) and wanted.second_factors:
        methods = {proof.method for proof in evidence}
        assert shows_two_things(evidence) or Method.STAFF in methods


@given(evidences, demands)
def test_nobody_gets_in_on_what_they_have_alone(evidence: Evidence, wanted: Demands) -> None:
    """A code, a trusted device or a key that was only touched does not say who it is."""
    at_hand = tuple(
        proof for proof in evidence if proof.method in AT_HAND and not proof.knew_person
    )

    assert isinstance(decide(at_hand, wanted), Asked)


@given(evidences, demands)
def test_no_proof_opens_an_account_that_is_locked_or_not_confirmed(
    evidence: Evidence, wanted: Demands
) -> None:
    verdict = decide(evidence, wanted)

    if wanted.is_locked or not wanted.is_verified:
        assert not isinstance(verdict, Allowed)


@given(evidences, demands)
@pytest.mark.asvs("6.3.8")
def test_the_state_of_an_account_is_told_to_nobody_who_proved_nothing(
    evidence: Evidence, wanted: Demands
) -> None:
    verdict = decide(evidence, wanted)

    if isinstance(verdict, Barrier):
        assert any(proof.opens for proof in evidence)


@given(evidences, proofs, demands)
def test_more_proof_never_shuts_a_door_that_was_open(
    evidence: Evidence, more: Proof, wanted: Demands
) -> None:
    if isinstance(decide(evidence, wanted), Allowed):
        assert isinstance(decide(added(evidence, more), wanted), Allowed)


@given(evidences, demands)
def test_the_order_of_proofs_says_nothing(evidence: Evidence, wanted: Demands) -> None:
    forth, back = decide(evidence, wanted), decide(tuple(reversed(evidence)), wanted)

    assert type(forth) is type(back)


@given(evidences, demands)
def test_what_is_asked_for_is_of_use(evidence: Evidence, wanted: Demands) -> None:
    """Each way that a person is offered brings them further, and none is offered in vain."""
    verdict = decide(evidence, wanted)

    if isinstance(verdict, Asked) and any(proof.opens for proof in evidence):
        assert verdict.methods
        for method in verdict.methods:
            assert method in wanted.second_factors
            shown = added(evidence, Proof(method, NOW, knew_person=False))
            assert isinstance(decide(shown, wanted), Allowed)


def test_without_a_second_factor_recovery_codes_ask_for_nothing() -> None:
    wanted = Demands(is_verified=True, has_recovery_codes=True)

    assert wanted.second_factors == frozenset()
    assert isinstance(decide([Proof(Method.PASSWORD, NOW)], wanted), Allowed)


@given(evidences)
def test_two_factors_are_what_they_are_called(evidence: Evidence) -> None:
    """Staff in somebody's place have shown nothing of that person's."""
    without_staff = tuple(one for one in evidence if one.method is not Method.STAFF)

    assert has_two_factors(without_staff) == shows_two_things(without_staff)


@given(evidences)
@pytest.mark.asvs("7.5.1")
def test_where_there_are_two_factors_fresh_is_who_showed_the_second(evidence: Evidence) -> None:
    seconds = [one.at for one in evidence if one.method in CREDENTIALS & SECOND]
    any_of_them = [one.at for one in evidence if one.method in CREDENTIALS]
    counted = seconds if has_two_factors(evidence) else any_of_them

    assert proved_at(evidence) == max(counted, default=None)


@pytest.mark.asvs("7.5.1")
def test_the_password_shown_again_is_not_enough_to_change_a_second_factor() -> None:
    an_hour_ago = NOW - timedelta(hours=1)
    session = Proof(Method.PASSWORD, an_hour_ago), Proof(Method.TOTP, an_hour_ago)

    assert proved_at(added(session, Proof(Method.PASSWORD, NOW))) == an_hour_ago
    assert proved_at(added(session, Proof(Method.TOTP, NOW))) == NOW


@pytest.mark.asvs("7.5.1")
def test_a_trusted_device_lets_in_and_changes_nothing() -> None:
    password, device = Proof(Method.PASSWORD, NOW), Proof(Method.TRUSTED_DEVICE, NOW)
    wanted = Demands(is_verified=True, has_totp=True)

    assert isinstance(decide([password, device], wanted), Allowed)
    assert proved_at([password, device]) is None
    assert proved_at([password, device, Proof(Method.TOTP, NOW)]) == NOW


@pytest.mark.parametrize("gone", [Method.TOTP, Method.RECOVERY_CODE, Method.TRUSTED_DEVICE])
def test_a_factor_that_is_gone_leaves_the_password_to_be_shown(gone: Method) -> None:
    """Else somebody who removed their app could never confirm anything in that session again."""
    session = Proof(Method.PASSWORD, NOW), Proof(gone, NOW - timedelta(hours=1))

    verdict = decide(session, Demands(is_verified=True))

    assert isinstance(verdict, Allowed)
    assert proved_at(verdict.evidence) == NOW


@given(evidences)
def test_a_token_names_no_factor_that_was_not_shown(evidence: Evidence) -> None:
    said = set(references(evidence))

    assert said <= {*REFERENCES.values(), "mfa"}
    assert ("mfa" in said) == has_two_factors(evidence)
