"""What becomes of somebody whom a provider sends, and of an account that gives one up."""

from collections.abc import Iterable
from enum import StrEnum

from firstmile.identity.claims import Identity
from firstmile.identity.models import User


class Step(StrEnum):
    """What comes next."""

    SIGN_IN = "sign_in"  # the identity opens an account already
    OPEN = "open"  # a new account, whose address the provider has confirmed
    TAKE_OVER = "take_over"  # an account nobody confirmed goes to who owns its address
    PROVE_ACCOUNT = "prove_account"  # the address has an account: sign in to it first
    PROVE_ADDRESS = "prove_address"  # a mail goes to the address, whatever we know of it
    ASK_ADDRESS = "ask_address"  # no usable address came along


def next_step(identity: Identity, *, is_connected: bool, holder: User | None) -> Step:
    """The decision; `holder` is the account that has the identity's address.

    An account is found by issuer and subject alone. An address never opens one: it only says
    what to prove. An address that nobody confirmed neither reserves nor blocks anything, and
    what is known about it is told only to somebody whose provider has confirmed it.
    """
    if is_connected:
        return Step.SIGN_IN
    if identity.email is None:
        return Step.ASK_ADDRESS
    if not identity.is_email_confirmed:
        return Step.PROVE_ADDRESS
    if holder is None:
        return Step.OPEN
    return Step.PROVE_ACCOUNT if holder.is_verified else Step.TAKE_OVER


def has_another_way(
    user: User, *, has_passkey: bool, others: Iterable[str], offered: Iterable[str]
) -> bool:
    """Whether a person can still sign in without the connection they want to give up.

    `others` are the providers of their other connections, `offered` those that are set up.
    """
    return user.has_password or has_passkey or bool(set(others) & set(offered))
