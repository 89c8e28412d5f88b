"""What an import did, or would do, in numbers and in words."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from firstmile.identity.models import User

SHOWN = 20
WIDTH = 44


@dataclass(frozen=True)
class Outcome:
    """A record that was not added, by its place in the file, and why."""

    row: int
    email: str
    reason: str


@dataclass
class Report:
    """Counts as the import goes on; `tell` hears of every record that was not added."""

    tell: Callable[[Outcome], None] = lambda _: None
    added: int = 0
    with_password: int = 0
    unverified: int = 0
    disabled: int = 0
    skipped: int = 0
    refused: int = 0
    no_password: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    shown: list[Outcome] = field(default_factory=list)

    def add(self, user: User, no_password: str | None, left: tuple[str, ...]) -> None:
        """An account was added."""
        self.added += 1
        self.unverified += not user.is_verified
        self.disabled += user.locked_at is not None
        self.left.update(left)
        if no_password is None:
            self.with_password += 1
        else:
            self.no_password[no_password] += 1

    def skip(self, outcome: Outcome) -> None:
        """The address has an account."""
        self.skipped += 1
        self.tell(outcome)

    def refuse(self, outcome: Outcome) -> None:
        """It cannot become an account."""
        self.refused += 1
        if len(self.shown) < SHOWN:
            self.shown.append(outcome)
        self.tell(outcome)

    def lines(self, *, is_dry: bool) -> Iterator[str]:
        """The report as an operator reads it."""
        if is_dry:
            yield "Dry run: nothing was written."
            yield ""
        yield _line("accounts that would be added" if is_dry else "accounts added", self.added)
        yield _line("  with their password", self.with_password)
        for reason, count in self.no_password.most_common():
            yield _line(f"  without, to reset by mail: {reason}", count)
        yield _line("  with an address to be confirmed", self.unverified)
        yield _line("  disabled there, locked here", self.disabled)
        yield _line("skipped, for the address has an account", self.skipped)
        yield _line("refused", self.refused)
        yield from self._not_carried()
        yield from self._refusals()

    def _not_carried(self) -> Iterator[str]:
        if self.left:
            yield ""
            yield "Not carried over:"
        for kind, count in sorted(self.left.items()):
            yield _line(f"  {kind}", count)

    def _refusals(self) -> Iterator[str]:
        if self.shown:
            yield ""
            yield "Refused:"
        for outcome in self.shown:
            yield f"  record {outcome.row}: {_shown(outcome.email)} {outcome.reason}"
        if self.refused > len(self.shown):
            yield f"  and {self.refused - len(self.shown)} more"


def _shown(text: str) -> str:
    """What stood in a file, as it may stand on a terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in text[:80]) or "it"


def _line(text: str, count: int) -> str:
    return f"{text:{WIDTH}}{count:>10}"
