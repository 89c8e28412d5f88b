"""Words as people type them, made comparable, and widened by what means the same."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Phrase = tuple[str, ...]
Synonyms = Mapping[str, Sequence[tuple[Phrase, Sequence[str]]]]
"""By first word, each phrase that has synonyms, with all of them as `to_tsquery` takes them."""

NO_SYNONYMS: Synonyms = {}
MOST_WORDS = 8  # of a question; whoever writes more says the rest again
LONGEST_WORD = 40
MOST_LENGTH = 200  # characters of a question that are read
SHORT = 3  # letters; a shorter word is not put right, because it could be anything
LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})
E_MAIL = re.compile(r"\be[-‐‑ ]mail")
WORD = re.compile(r"[a-z0-9]+")
# What a question is put into, and says nothing about.
_STOP_EN = """
    a an and are as at be been but by can could d do does for from had has have how i if in into
    is it its just ll m me must my of or our s should so t that the their them then there they
    this to was we were what when where which who why will with would you your im ive cant dont
    doesnt not please cannot want need get got did any some no
"""
_STOP_FR = """
    a ai au aux avec c ce ces comment d dans de des doit dois du elle en est et etre eux faire
    faut fait il ils j je l la le les leur leurs ma me mes mon n ne nos notre nous on ou par pas
    peut peux plus pour pourquoi puis qu quand que quel quelle quelles quels qui quoi s sa se ses
    si son sont sur t ta te tes ton un une veux voudrais vos votre vous y impossible
"""
# What PostgreSQL leaves out of English phrases, and we do not.
PARTICLES = frozenset({"in", "on", "up", "out", "off"})
STOP = {"en": frozenset(_STOP_EN.split()), "fr": frozenset(_STOP_FR.split())}


def folded(text: str) -> str:
    """Small letters without accents; ligatures as two letters, `e-mail` as one word."""
    small = text.casefold().translate(LIGATURES)
    spread = unicodedata.normalize("NFKD", small)
    bare = "".join(letter for letter in spread if not unicodedata.combining(letter))
    return E_MAIL.sub("email", bare)


def words_of(text: str) -> list[str]:
    """The words of a text, folded, in their order."""
    return WORD.findall(folded(text))


@dataclass(frozen=True)
class Saying:
    """One way to say one place of a question.

    `said` is a phrase in the language of `to_tsquery`. `typed` is the word itself where it is
    one that may be mistyped.
    """

    place: int
    said: str
    typed: str | None = None

    @property
    def is_literal(self) -> bool:
        """Whether it holds only letter by letter: of `sign in` grammar would leave `sign`."""
        words = self.said.split(" <-> ")
        return len(words) > 1 and sum(word not in PARTICLES for word in words) < 2


@dataclass(frozen=True)
class Question:
    """What somebody searches for; `text` is what is counted, without what says nothing."""

    text: str
    sayings: tuple[Saying, ...]

    @property
    def places(self) -> int:
        """How many things it asks for."""
        return len({one.place for one in self.sayings})


def question(text: str, language: str, synonyms: Synonyms = NO_SYNONYMS) -> Question:
    """A question from what was typed: its last word may be half written.

    Words that say nothing are left out.
    """
    typed = [word[:LONGEST_WORD] for word in words_of(text[:MOST_LENGTH])]
    telling = [word for word in typed if word not in STOP.get(language, ())][:MOST_WORDS]
    is_open = not text[-1:].isspace()
    return Question(" ".join(telling), tuple(_sayings(telling, synonyms, is_open=is_open)))


def synonyms_of(groups: Iterable[Iterable[str]], language: str) -> Synonyms:
    """Groups of words and phrases that mean the same, ready to be looked up."""
    found: dict[str, list[tuple[Phrase, Sequence[str]]]] = defaultdict(list)
    for group in groups:
        phrases = [words for words in map(words_of, group) if words]
        said = sorted({" <-> ".join(words) for words in phrases})
        for words in phrases:
            phrase = tuple(map(_singular, _telling(words, language)))
            found[phrase[0]].append((phrase, said))
    return dict(found)


def transposed(word: str) -> set[str]:
    """The word with each two neighbours changed over: what trigrams forgive least."""
    if len(word) <= SHORT:
        return set()
    swaps = (word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1))
    return {swap for swap in swaps if swap != word}


def _sayings(words: Sequence[str], synonyms: Synonyms, *, is_open: bool) -> Iterator[Saying]:
    at = place = 0
    while at < len(words):
        same = _widest(words, at, synonyms)
        if same is not None:
            length, said = same
            yield from (Saying(place, one) for one in dict.fromkeys(said))
        else:
            length = 1
            is_last = is_open and at == len(words) - 1
            yield from _of_word(words[at], place, synonyms, is_last=is_last)
        at, place = at + length, place + 1


def _of_word(word: str, place: int, synonyms: Synonyms, *, is_last: bool) -> Iterator[Saying]:
    yield Saying(place, f"{word}:*" if is_last else word, word if len(word) > SHORT else None)
    for swap in sorted(transposed(word)):
        yield Saying(place, swap)
        same = _widest([swap], 0, synonyms)
        yield from (Saying(place, one) for one in (same[1] if same else ()))


def _widest(words: Sequence[str], at: int, synonyms: Synonyms) -> tuple[int, Sequence[str]] | None:
    """The longest phrase with synonyms that stands here: its length, and all of them."""
    standing = [
        (len(phrase), said)
        for phrase, said in synonyms.get(_singular(words[at]), ())
        if tuple(map(_singular, words[at : at + len(phrase)])) == phrase
    ]
    if not standing:
        return None
    longest = max(length for length, _ in standing)
    return longest, [one for length, said in standing if length == longest for one in said]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > SHORT and word[-1] in "sx" else word


def _telling(words: Sequence[str], language: str) -> list[str]:
    """The words that say something; all of them when none does."""
    stop = STOP.get(language, frozenset())
    return [word for word in words if word not in stop] or list(words)
