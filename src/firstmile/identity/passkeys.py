"""Passkeys: adding them, proving with them, naming and removing them."""

from dataclasses import dataclass
from typing import Any

from firstmile.identity import store, store_factors, store_passkeys
from firstmile.identity.authenticator_names import name_for
from firstmile.identity.authenticators import (
    Asserted,
    Credential,
    Passkey,
    Registered,
    Site,
    checked_assertion,
    checked_registration,
    creation_options,
    key_named,
    refused_passkey,
    request_options,
)
from firstmile.identity.challenges import Ceremony, Challenge, Challenges
from firstmile.identity.events import (
    PasskeyAdded,
    PasskeyCloneSuspected,
    PasskeyRemoved,
    PasskeyRenamed,
    SecondFactorLocked,
)
from firstmile.identity.models import Complaints
from firstmile.identity.policy import Method, Proof
from firstmile.identity.recovery_codes import RecoveryCodes
from firstmile.identity.sessions import Sessions
from firstmile.identity.tries import Tries
from firstmile.kernel.access import Actor
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, NotFound, Unauthenticated
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work, Works

MOST = 20  # a person has a few devices; more is a script


@dataclass(frozen=True)
class Offer:
    """What a browser hands to its authenticator, and the token that comes back with the answer."""

    token: str
    options: dict[str, Any]


@dataclass(frozen=True)
class Added:
    """A new passkey, and the recovery codes of somebody who had none; they are shown once."""

    passkey: Passkey
    recovery_codes: list[str] | None


@dataclass(frozen=True)
class Shown:
    """Whose passkey was used, and what that proves."""

    user_id: UserId
    proof: Proof


class Passkeys:
    """Keeps the public halves of people's keys and checks what is signed with the others.

    A challenge is spent in a transaction of its own before its answer is judged, so no answer
    is judged twice.
    """

    def __init__(
        self,
        vault: Vault,
        sessions: Sessions,
        recovery_codes: RecoveryCodes,
        tries: Tries,
        site: Site,
    ) -> None:
        self._challenges = Challenges(vault)
        self._sessions = sessions
        self._recovery_codes = recovery_codes
        self._tries = tries
        self.site = site

    async def offer_to_add(self, works: Works, user_id: UserId) -> Offer:
        """What the browser needs to make a new passkey; Conflict when there are enough."""
        async with works.database.lease() as db:
            user = await store.user_by_id(db, user_id)
            known = await store_passkeys.passkeys_of(db, user_id)
        _check_room(known)
        token, challenge = self._challenges.make(Ceremony.ADD, user_id, works.clock())
        return Offer(token, creation_options(self.site, challenge, user, known))

    async def offer_to_prove(
        self, works: Works, ceremony: Ceremony, user_id: UserId | None = None
    ) -> Offer:
        """What the browser needs to use a passkey; for a visitor it names no key at all."""
        allowed: list[Passkey] = []
        if user_id is not None:
            async with works.database.lease() as db:
                allowed = await store_passkeys.passkeys_of(db, user_id)
        token, challenge = self._challenges.make(ceremony, user_id, works.clock())
        alone = ceremony is Ceremony.SIGN_IN
        options = request_options(self.site, challenge, allowed, must_know_person=alone)
        return Offer(token, options)

    async def check_new(
        self, works: Works, user_id: UserId, token: str, credential: Credential
    ) -> Registered:
        """The new passkey that answers our offer; Malformed for any other answer."""
        challenge = self._challenges.read(token, Ceremony.ADD, user_id, works.clock())
        async with works.begin() as work:
            await self._challenges.spend(work, challenge)
        return checked_registration(self.site, challenge.value, credential)

    async def add(
        self, work: Work, actor: Actor, new: Registered, name: str | None, device: str
    ) -> Added:
        """Keep a passkey that `check_new` gave; the person's other sessions end."""
        await store.lock_user(work.db, actor.user_id)
        known = await store_passkeys.passkeys_of(work.db, actor.user_id)
        _check_room(known)
        name = name or name_for(new.aaguid, device, {passkey.name for passkey in known})
        passkey = await store_passkeys.add_passkey(work.db, actor.user_id, new, name, work.now)
        if passkey is None:
            raise Conflict(N_("This passkey was added before."), error="passkey_exists")
        await self._change_factors(work, actor)
        work.announce(PasskeyAdded(user_id=actor.user_id, name=name))
        return Added(passkey, await self._recovery_codes.ensure(work, actor.user_id))

    async def prove(
        self,
        works: Works,
        ceremony: Ceremony,
        token: str,
        credential: Credential,
        *,
        user_id: UserId | None = None,
    ) -> Shown:
        """Whose passkey answers our offer, and what that proves.

        Raises Malformed for a challenge that is not open, Unauthenticated for an answer that
        does not fit, and TooMany when a second factor was tried too often.
        """
        challenge = self._challenges.read(token, ceremony, user_id, works.clock())
        if user_id is None:
            return await self._judge(works, challenge, credential)
        is_last = await self._tries.count(works, user_id, Method.PASSKEY)
        try:
            return await self._judge(works, challenge, credential)
        except Unauthenticated:
            if is_last:
                async with works.begin() as work:
                    work.announce(SecondFactorLocked(user_id=user_id, method=Method.PASSKEY))
            raise

    async def rename(self, work: Work, actor: Actor, passkey_id: bytes, name: str) -> Passkey:
        """Call a passkey something else; NotFound for one that is not the person's."""
        passkey = await store_passkeys.rename_passkey(work.db, actor.user_id, passkey_id, name)
        if passkey is None:
            raise unknown_passkey()
        work.announce(PasskeyRenamed(user_id=actor.user_id, name=name))
        return passkey

    async def remove(self, work: Work, actor: Actor, passkey_id: bytes) -> None:
        """Forget a passkey; the person's other sessions end."""
        await store.lock_user(work.db, actor.user_id)
        name = await store_passkeys.remove_passkey(work.db, actor.user_id, passkey_id)
        if name is None:
            raise unknown_passkey()
        await self._recovery_codes.drop_if_alone(work, actor.user_id)
        await self._change_factors(work, actor)
        work.announce(PasskeyRemoved(user_id=actor.user_id, name=name))

    async def _change_factors(self, work: Work, actor: Actor) -> None:
        await store_factors.change_epoch(work.db, actor.user_id, of_factors=True)
        await self._sessions.end_all(work, actor.user_id, "factors_changed", but=actor.session_id)

    async def _judge(self, works: Works, challenge: Challenge, credential: Credential) -> Shown:
        passkey_id, holder_id = key_named(credential)
        whose = challenge.user_id or holder_id
        async with works.begin() as work:
            await self._challenges.spend(work, challenge)
            passkey = await store_passkeys.passkey(work.db, whose, passkey_id) if whose else None
        if passkey is None or holder_id not in (None, whose):
            raise refused_passkey()
        use = checked_assertion(self.site, challenge.value, credential, passkey)
        if challenge.ceremony is Ceremony.SIGN_IN and not use.knew_person:
            raise person_unknown()
        await self._note_use(works, passkey, use)
        return Shown(passkey.user_id, Proof(Method.PASSKEY, works.clock(), use.knew_person))

    async def _note_use(self, works: Works, passkey: Passkey, use: Asserted) -> None:
        async with works.begin() as work:
            known = await store_passkeys.lock_passkey(work.db, passkey.user_id, passkey.id)
            is_fine = known is not None and not known.has_a_copy(use.sign_count)
            if is_fine:
                await store_passkeys.note_use(work.db, passkey, use, work.now)
                subjects = self._tries.subjects(passkey.user_id, Method.PASSKEY)
                await store.forget_attempts(work.db, subjects)
            elif known is not None:
                work.announce(PasskeyCloneSuspected(user_id=passkey.user_id, name=known.name))
        if not is_fine:
            raise refused_passkey()


def checked_name(name: str) -> str:
    """The name of a passkey in its normal form; raises Invalid when there is none."""
    complaints = Complaints()
    # It stands in our mails, like a person's own.
    clean = complaints.name("name", name, missing=N_("Give the passkey a name."))
    complaints.raise_any()
    return clean


def person_unknown() -> Unauthenticated:
    """The answer to a passkey that is to stand alone and did not check who uses it."""
    return Unauthenticated(
        N_(
            "That passkey did not ask for a PIN, a finger or a face, so it cannot sign you in"
            " alone. Sign in with your password and use it as the second step."
        ),
        error="user_verification_required",
    )


def unknown_passkey() -> NotFound:
    """The answer about a passkey that is not there, or somebody else's."""
    return NotFound(N_("There is no such passkey."))


def _check_room(known: list[Passkey]) -> None:
    if len(known) >= MOST:
        raise Conflict(
            N_("You have as many passkeys as we keep. Remove one first."),
            error="too_many_passkeys",
        )
