"""What is done with somebody whom a provider sends: signed in, taken in, or asked for proof."""

import base64
from dataclasses import dataclass, replace

import msgspec

from firstmile.identity import store, store_factors, store_social
from firstmile.identity.claims import Identity
from firstmile.identity.connections import connect
from firstmile.identity.departures import expired
from firstmile.identity.events import EmailVerified, UserRegistered
from firstmile.identity.introductions import Introduction, Introductions
from firstmile.identity.linking import Step, next_step
from firstmile.identity.mails import Mails
from firstmile.identity.models import CONTESTED, NO_PASSWORD, Complaints, Purpose, User
from firstmile.identity.registration import Registrar, requires_sign_up
from firstmile.identity.sessions import Sessions
from firstmile.identity.settings import IdentitySettings
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work
from firstmile.protect.switches import Switches

ANSWER = "answer_introduction"
SEALED_AS = "introduced_registration"
# Steps at whose end there may be an account that was not there before.
MAKES_ACCOUNT = (Step.OPEN, Step.ASK_ADDRESS, Step.PROVE_ADDRESS)


@dataclass(frozen=True)
class Wanted:
    """An account somebody wants whom a provider introduced without confirming their address."""

    user_id: UserId
    email: str
    first_name: str
    last_name: str
    locale: str


class Social:
    """Decides by `linking.next_step`, and does it.

    An identity is connected to an account only when its person proved both: so no address that
    a provider merely says, and no mail that is answered by mistake, opens anything for others.
    """

    def __init__(
        self,
        vault: Vault,
        introductions: Introductions,
        registrar: Registrar,
        sessions: Sessions,
        mails: Mails,
        settings: IdentitySettings,
        *,
        switches: Switches,
    ) -> None:
        self._vault = vault
        self._introductions = introductions
        self._registrar = registrar
        self._sessions = sessions
        self._mails = mails
        self._settings = settings
        self._switches = switches

    async def arrive(self, work: Work, identity: Identity, locale: str) -> UserId | Introduction:
        """Whose account opens, or an introduction that says what they must do first.

        Raises Unavailable for somebody without an account while none can be made.
        """
        await store_social.lock_identity(work.db, identity)
        user_id = await store_social.user_of(work.db, identity)
        holder = None
        if user_id is None and identity.is_email_confirmed and identity.email is not None:
            holder = await self._holder(work, identity.email)
        step = next_step(identity, is_connected=user_id is not None, holder=holder)
        if user_id is not None:
            await store_social.note_use(work.db, identity, work.now)
            return user_id
        if step in MAKES_ACCOUNT:
            requires_sign_up(self._switches)
        if step is Step.OPEN:
            return await self._open(work, identity, locale)
        if step is Step.TAKE_OVER and holder is not None:
            return await self._take_over(work, identity, holder)
        if step is Step.PROVE_ADDRESS:
            self._ask_to_prove(work, identity, locale)
        return self._introductions.make(identity, step, work.now)

    async def give_address(
        self, work: Work, introduction: Introduction, address: str, locale: str
    ) -> Introduction:
        """Go on with an address of the person's own words; Invalid when it is none."""
        requires_sign_up(self._switches)
        complaints = Complaints()
        email = complaints.email(
            "email", address, with_test_domains=self._settings.with_test_domains
        )
        complaints.raise_any()
        await self._introductions.spend(work, introduction)
        identity = replace(introduction.identity, email=email, is_email_confirmed=False)
        self._ask_to_prove(work, identity, locale)
        return self._introductions.make(identity, Step.PROVE_ADDRESS, work.now)

    async def answer(self, work: Work, sealed: str) -> None:
        """Write to the address of an introduction: a link, or word of the account it has.

        Runs as a job, so that the answer to the person is one for every address. Of an account
        that nobody confirmed no password counts any more, for it was named by who knows whom.
        """
        opened = self._vault.open(SEALED_AS, base64.b64decode(sealed))
        wanted = msgspec.json.decode(opened, type=Wanted)
        user = await store.user_by_email(work.db, wanted.email)
        if user is None:
            names = (wanted.first_name, wanted.last_name)
            await self._register(work, wanted.user_id, wanted.email, names, wanted.locale)
        elif user.is_verified:
            await self._mails.account_exists(work, user, wanted.user_id)
            return
        elif user.has_password:
            await store.set_password(work.db, user.id, CONTESTED, work.now)
        await self._registrar.resend(work, wanted.email)

    async def complete(self, work: Work, user: User, introduction: Introduction) -> bool:
        """Connect the identity to the account whose address was proved in this very moment.

        False when it was introduced for another address, or is not waiting for one.
        """
        is_wanted = introduction.step is Step.PROVE_ADDRESS and introduction.is_for(user)
        if not is_wanted or user.has_password:
            return False
        await self._introductions.spend(work, introduction)
        await connect(work, user.id, introduction.identity, is_first=True)
        return True

    async def accept(self, work: Work, user_id: UserId, introduction: Introduction) -> None:
        """Connect the identity to the account its person has just signed in to.

        Raises Malformed when the account has another address, Conflict when the identity opens
        another account.
        """
        if not introduction.is_for(await store.user_by_id(work.db, user_id)):
            raise expired()
        await self._introductions.spend(work, introduction)
        await connect(work, user_id, introduction.identity)

    async def _open(self, work: Work, identity: Identity, locale: str) -> UserId | Introduction:
        user_id, names = UserId(new_id()), (identity.first_name, identity.last_name)
        email = identity.email or ""
        if not await self._register(work, user_id, email, names, locale):
            # Somebody else's registration was a moment faster, and is committed by now.
            return await self.arrive(work, identity, locale)
        await self._verify(work, user_id)
        await connect(work, user_id, identity, is_first=True)
        return user_id

    async def _take_over(self, work: Work, identity: Identity, holder: User) -> UserId:
        """Give an account nobody confirmed to whoever owns its address.

        Whatever would have opened it was set by somebody who never showed that it is theirs.
        """
        await store.set_password(work.db, holder.id, NO_PASSWORD, work.now)
        for purpose in (Purpose.VERIFY_EMAIL, Purpose.RESET_PASSWORD):
            await store.void_tokens(work.db, holder.id, purpose, work.now)
        await store_factors.change_epoch(work.db, holder.id, of_factors=True)
        await self._sessions.end_all(work, holder.id, "taken_over")
        names = {"first_name": identity.first_name, "last_name": identity.last_name}
        await store.set_profile(work.db, holder.id, names, work.now)
        await self._verify(work, holder.id)
        await connect(work, holder.id, identity, is_first=True)
        return holder.id

    async def _holder(self, work: Work, email: str) -> User | None:
        """The account of an address, held so that nobody confirms it meanwhile."""
        user = await store.user_by_email(work.db, email)
        if user is None:
            return None
        await store.lock_user(work.db, user.id)
        return await store.user_by_email(work.db, email)

    async def _register(
        self, work: Work, user_id: UserId, email: str, names: tuple[str, str], locale: str
    ) -> bool:
        user = User.registering(
            user_id, email, NO_PASSWORD, names=names, locale=locale, now=work.now
        )
        is_new = await store.add_user(work.db, user)
        if is_new:
            work.announce(UserRegistered(user_id=user_id))
        return is_new

    async def _verify(self, work: Work, user_id: UserId) -> None:
        if await store.verify_email(work.db, user_id, work.now):
            work.announce(EmailVerified(user_id=user_id))

    def _ask_to_prove(self, work: Work, identity: Identity, locale: str) -> None:
        wanted = Wanted(
            UserId(new_id()), identity.email or "", identity.first_name, identity.last_name, locale
        )
        work.enqueue(ANSWER, self._vault.seal(SEALED_AS, msgspec.json.encode(wanted)))
