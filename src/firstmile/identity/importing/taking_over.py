"""Takes the people of another system over: checked one by one, written in batches."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from itertools import islice

from firstmile.identity.events import MarketChosen, ProfileCompleted, UserImported
from firstmile.identity.foreign import HashRefused
from firstmile.identity.foreign_texts import read_hash
from firstmile.identity.importing import store
from firstmile.identity.importing.records import FileBroken, Unreadable
from firstmile.identity.importing.report import Outcome, Report
from firstmile.identity.models import (
    MARKETS,
    NO_PASSWORD,
    Complaints,
    User,
    key_of,
    time_zones,
)
from firstmile.identity.passwords import Passwords
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.languages import best_of
from firstmile.kernel.refusals import Invalid
from firstmile.kernel.work import Work, Works

BATCH = 200
DISABLED = "disabled where the account came from"


@dataclass(frozen=True)
class Candidate:
    """An account of another system, as its export tells of it.

    `left` names what the export holds of it that does not carry over.
    """

    row: int
    email: str
    is_verified: bool = False
    first_name: str = ""
    last_name: str = ""
    password_hash: str | None = None
    locale: str = ""
    time_zone: str = ""
    market: str = ""
    created_at: datetime | None = None
    is_disabled: bool = False
    disabled_until: datetime | None = None
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class Left:
    """A record that is no account, by its kind."""

    kind: str


Found = Candidate | Unreadable | Left
Tell = Callable[[Outcome], None]


@dataclass(frozen=True)
class Checked:
    """An account as it will be, and why it has no password."""

    user: User
    candidate: Candidate
    no_password: str | None


class Importer:
    """Checks what a reader found and adds who is not here yet; nobody is mailed.

    Who is added begins the journey as one who registered does. Running it again adds nobody
    twice: an address that has an account is left as it is.
    """

    def __init__(self, works: Works, passwords: Passwords, *, with_test_domains: bool) -> None:
        self._works = works
        self._passwords = passwords
        self._with_test_domains = with_test_domains
        self._seen: set[bytes] = set()

    async def run(self, found: Iterable[Found], report: Report, *, is_dry: bool) -> None:
        """Take over what was found, and count it; a dry run asks the database and writes nothing.

        Raises FileBroken where the reader does, after what came before was written.
        """
        source = iter(found)
        while True:
            batch, broken = _batch(source)
            async with self._works.begin() as work:
                candidates = list(self._checked(batch, report, work.now))
                added = await self._new(work, candidates, report)
                if not is_dry:
                    added = [one for one in added if await self._add(work, one, report)]
            for one in added:
                report.add(one.user, one.no_password, one.candidate.left)
            if broken is not None:
                raise broken
            if not batch:
                return

    def _checked(self, batch: list[Found], report: Report, now: datetime) -> Iterator[Checked]:
        for one in batch:
            if isinstance(one, Left):
                report.left[one.kind] += 1
            elif isinstance(one, Unreadable):
                report.refuse(Outcome(one.row, "", one.reason))
            else:
                try:
                    yield self._check(one, now)
                except Invalid:
                    reason = "has no mail address that we could write to"
                    report.refuse(Outcome(one.row, one.email, reason))

    def _check(self, candidate: Candidate, now: datetime) -> Checked:
        complaints = Complaints()
        with_test = self._with_test_domains
        address = complaints.email("email", candidate.email, with_test_domains=with_test)
        complaints.raise_any()
        kept, reason = self._password(candidate.password_hash)
        began = candidate.created_at
        user = User.registering(
            UserId(new_id()),
            address,
            kept,
            names=(_name(candidate.first_name), _name(candidate.last_name)),
            locale=best_of([candidate.locale.replace("_", "-")]),
            now=began if began is not None and began < now else now,
        )
        until = candidate.disabled_until
        is_disabled = candidate.is_disabled or (until is not None and until > now)
        user = replace(
            user,
            email_verified_at=now if candidate.is_verified else None,
            time_zone=candidate.time_zone if candidate.time_zone in time_zones() else None,
            market=candidate.market if candidate.market in MARKETS else None,
            locked_at=now if is_disabled else None,
        )
        given = (candidate.first_name, candidate.last_name)
        if [bool(name.strip()) for name in given] != [bool(user.first_name), bool(user.last_name)]:
            candidate = replace(candidate, left=(*candidate.left, "names that hold an address"))
        return Checked(user, candidate, reason)

    def _password(self, written: str | None) -> tuple[str, str | None]:
        if not written:
            return NO_PASSWORD, "the export has none"
        try:
            return self._passwords.adopt(read_hash(written)), None
        except HashRefused as refused:
            return NO_PASSWORD, str(refused)

    async def _new(self, work: Work, checked: list[Checked], report: Report) -> list[Checked]:
        """Those whose address has no account here, and did not stand in the file before."""
        keys = [key_of(one.user.email) for one in checked]
        known = await store.known_keys(work.db, keys)
        fresh = []
        for key, one in zip(keys, checked, strict=True):
            digest = blake2b(key.encode(), digest_size=8).digest()
            if key in known:
                report.skip(Outcome(one.candidate.row, one.user.email, "has an account here"))
            elif digest in self._seen:
                report.refuse(Outcome(one.candidate.row, one.user.email, "is twice in the file"))
            else:
                fresh.append(one)
            self._seen.add(digest)
        return fresh

    async def _add(self, work: Work, one: Checked, report: Report) -> bool:
        user = one.user
        if not await store.add_user(work.db, user, DISABLED, work.now):
            report.skip(Outcome(one.candidate.row, user.email, "has an account here"))
            return False
        work.announce(UserImported(user_id=user.id, is_verified=user.is_verified))
        if user.has_complete_profile:
            work.announce(ProfileCompleted(user_id=user.id))
        if user.market is not None:
            work.announce(MarketChosen(user_id=user.id, market=user.market))
        return True


def _batch(source: Iterator[Found]) -> tuple[list[Found], Exception | None]:
    """The next ones, and what ended them before their number was full."""
    batch: list[Found] = []
    try:
        for one in islice(source, BATCH):
            batch.append(one)  # noqa: PERF402  what came before a break is kept
    except (FileBroken, OSError) as broken:
        return batch, broken
    return batch, None


def _name(text: str) -> str:
    """A name as we take one, or nothing: a person may fill it in."""
    complaints = Complaints()
    name = complaints.name("name", text, missing="")
    try:
        complaints.raise_any()
    except Invalid:
        return ""
    return name
