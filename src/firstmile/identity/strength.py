"""What a new password must be, and why one is refused."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from zxcvbn_rs_py import Entropy, zxcvbn

from firstmile.identity.breached import StolenPasswords
from firstmile.identity.models import Complaints, letters_of
from firstmile.identity.settings import IdentitySettings
from firstmile.identity.strength_words import Reason, suggested, warned
from firstmile.kernel.languages import N_

MOST_CHARACTERS = 128
# zxcvbn looks at every part of a password under every reading of signs as letters, and holds the
# interpreter lock: 100 characters of signs take it 0.6 s, these at most 10 ms.
READ_CHARACTERS = 64
READ_OF_SIGNS = 24
MANY_SIGNS = 8
SIGNS = frozenset("!#$%&(+/0123456789<@[{|")
# What the list of stolen passwords, or one's own name, says better.
SAID_BETTER = ("common", "like_common", "names")
WORD_CHARACTERS = range(3, 65)
MOST_WORDS = 30


@dataclass(frozen=True)
class Verdict:
    """How strong a password is, from 0 to 4, and all that speaks against it."""

    score: int
    reasons: tuple[Reason, ...]
    suggestions: tuple[Reason, ...]

    @property
    def is_acceptable(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.reasons


class PasswordRules:
    """Holds a new password against length, strength, the list of stolen ones, and its person.

    There is no rule about kinds of characters, and none is asked for (NIST SP 800-63B-4,
    section 3.1.1.2). A password counts as typed; nothing of it is cut.
    """

    def __init__(
        self, settings: IdentitySettings, stolen: StolenPasswords, *, service: Iterable[str]
    ) -> None:
        self._least = settings.password_min_length
        self._score = settings.password_min_score
        self._stolen = stolen
        self._service = _words(service)

    def check(
        self, complaints: Complaints, field: str, password: str, *, about: Iterable[str]
    ) -> None:
        """Complain of all that speaks against a password; `about` is what `words_about` gives."""
        for reason in self.judge(password, about=about).reasons:
            complaints.add(field, reason.message, **reason.facts)

    def judge(self, password: str, *, about: Iterable[str]) -> Verdict:
        """How strong it is for this person, with the reasons when it is not acceptable."""
        password = unicodedata.normalize("NFC", password)
        person = tuple(about)
        own = _words(person)
        found = zxcvbn(read_part(password), [*own, *self._service])
        reasons = [*self._of_length(password), *_of_likeness(password, person)]
        if len(password) >= self._least:
            reasons += self._of_list(password)
            if int(found.score) < self._score:
                reasons += self._of_guessing(password, own, found, reasons)
        advice = found.feedback.suggestions if reasons and found.feedback else []
        said = dict.fromkeys(map(suggested, advice))
        return Verdict(int(found.score), tuple(reasons), tuple(said))

    def _of_length(self, password: str) -> list[Reason]:
        if len(password) < self._least:
            message = N_("Use at least {number} characters.")
            return [Reason("too_short", message, self._least)]
        if len(password) > MOST_CHARACTERS:
            message = N_("Use at most {number} characters.")
            return [Reason("too_long", message, MOST_CHARACTERS)]
        return []

    def _of_list(self, password: str) -> list[Reason]:
        is_stolen = password in self._stolen or password.lower() in self._stolen
        return [STOLEN] if is_stolen else []

    def _of_guessing(
        self, password: str, own: list[str], found: Entropy, said: list[Reason]
    ) -> list[Reason]:
        """Why it is easy to guess, beside what is said already."""
        reasons = [] if said else self._of_words(password, own)
        if found.feedback is not None and found.feedback.warning is not None:
            reason = warned(found.feedback.warning)
            is_said = reason.code in SAID_BETTER and (said or reasons)
            reasons += [] if is_said else [reason]
        return reasons if said or reasons else [TOO_GUESSABLE]

    def _of_words(self, password: str, own: list[str]) -> list[Reason]:
        """Whether these words are in it, or make it easier to guess: ten times and more."""
        read, letters = read_part(password), letters_of(password)
        if any(len(word) > 3 and letters_of(word) in letters for word in own if word.isalpha()):
            return [LIKE_PERSON]
        tries = zxcvbn(read, [*own, *self._service]).guesses_log10
        if zxcvbn(read, self._service).guesses_log10 - tries >= 1:
            return [LIKE_PERSON]
        if zxcvbn(read, own).guesses_log10 - tries >= 1:
            return [LIKE_SERVICE]
        return []


TOO_GUESSABLE = Reason("too_guessable", N_("This is too easy to guess."))
STOLEN = Reason("stolen", N_("This password is in lists of stolen passwords."))
LIKE_PERSON = Reason("like_person", N_("Do not use your name or address as your password."))
LIKE_SERVICE = Reason("like_service", N_("Do not use the name of this service."))


def words_about(email: str = "", first_name: str = "", last_name: str = "") -> tuple[str, ...]:
    """What a stranger would try first for this person."""
    local_part = email.partition("@")[0]
    return (email, local_part, first_name, last_name, f"{first_name} {last_name}")


def _of_likeness(password: str, person: tuple[str, ...]) -> list[Reason]:
    """Whether the letters of a password are those of a name or the address, and no more."""
    own = {letters_of(text) for text in person} - {""}
    return [LIKE_PERSON] if letters_of(password) in own else []


def _words(texts: Iterable[str]) -> list[str]:
    """The texts and their parts as zxcvbn looks for them: in small letters, none too long."""
    found = dict.fromkeys(
        word
        for text in texts
        for word in (text.lower(), *re.findall(r"\w+", text.lower()))
        if len(word) in WORD_CHARACTERS
    )
    return list(found)[:MOST_WORDS]


def read_part(password: str) -> str:
    """As much of a password as zxcvbn is given: its time grows with the square, and with signs."""
    start = password[:READ_CHARACTERS]
    return start[:READ_OF_SIGNS] if len(SIGNS & {*start}) > MANY_SIGNS else start
