"""What zxcvbn finds wrong with a password, in our words."""

from dataclasses import dataclass
from typing import Any

import zxcvbn_rs_py as zxcvbn

from firstmile.kernel.languages import N_


@dataclass(frozen=True)
class Reason:
    """A stable code, a sentence, and the number that stands in its braces."""

    code: str
    message: str
    number: int | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """The members of a refusal's detail beside the message."""
        return {"code": self.code, **({} if self.number is None else {"number": self.number})}


def warned(found: zxcvbn.Warning) -> Reason:
    """Why it is guessable."""
    return Reason(*WARNINGS[_name(found)])


def suggested(found: zxcvbn.Suggestion) -> Reason:
    """What would make it better."""
    return Reason(*SUGGESTIONS[_name(found)])


def _name(found: object) -> str:
    """The name of a member: zxcvbn's enumerations do not serve as keys."""
    return repr(found).rpartition(".")[2]


WARNINGS = {
    "StraightRowsOfKeysAreEasyToGuess": (
        "rows_of_keys",
        N_("Rows of keys are easy to guess."),
    ),
    "ShortKeyboardPatternsAreEasyToGuess": (
        "keyboard_pattern",
        N_("Short patterns on the keyboard are easy to guess."),
    ),
    "RepeatsLikeAaaAreEasyToGuess": (
        "repeated_characters",
        N_("Repeated characters are easy to guess."),
    ),
    "RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess": (
        "repeated_words",
        N_("Saying the same twice makes it hardly harder to guess."),
    ),
    "ThisIsATop10Password": ("common", N_("Very many people use this password.")),
    "ThisIsATop100Password": ("common", N_("Very many people use this password.")),
    "ThisIsACommonPassword": ("common", N_("Very many people use this password.")),
    "ThisIsSimilarToACommonlyUsedPassword": (
        "like_common",
        N_("This is close to a password that very many people use."),
    ),
    "SequencesLikeAbcAreEasyToGuess": (
        "sequence",
        N_("Sequences like “abc” or “6543” are easy to guess."),
    ),
    "RecentYearsAreEasyToGuess": ("years", N_("Years are easy to guess.")),
    "AWordByItselfIsEasyToGuess": ("single_word", N_("A single word is easy to guess.")),
    "DatesAreOftenEasyToGuess": ("dates", N_("Dates are easy to guess.")),
    "NamesAndSurnamesByThemselvesAreEasyToGuess": (
        "names",
        N_("Names are easy to guess."),
    ),
    "CommonNamesAndSurnamesAreEasyToGuess": ("names", N_("Names are easy to guess.")),
}
SUGGESTIONS = {
    "UseAFewWordsAvoidCommonPhrases": (
        "use_a_few_words",
        N_("Use a few words that do not belong together."),
    ),
    "NoNeedForSymbolsDigitsOrUppercaseLetters": (
        "no_need_for_signs",
        N_("Signs, digits and capitals are not needed."),
    ),
    "AddAnotherWordOrTwo": ("add_a_word", N_("Add another word or two.")),
    "CapitalizationDoesntHelpVeryMuch": (
        "capitals_help_little",
        N_("A capital at the beginning helps little."),
    ),
    "AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase": (
        "capitals_help_little",
        N_("All in capitals is as easy to guess as none."),
    ),
    "ReversedWordsArentMuchHarderToGuess": (
        "reversing_helps_little",
        N_("A word spelled backwards is hardly harder to guess."),
    ),
    "PredictableSubstitutionsDontHelpVeryMuch": (
        "signs_for_letters_help_little",
        N_("“@” in place of “a” helps little."),
    ),
    "UseALongerKeyboardPatternWithMoreTurns": (
        "longer_pattern",
        N_("Use a longer pattern with more turns."),
    ),
    "AvoidRepeatedWordsAndCharacters": (
        "avoid_repeats",
        N_("Avoid saying the same twice."),
    ),
    "AvoidSequences": ("avoid_sequences", N_("Avoid sequences.")),
    "AvoidRecentYears": ("avoid_years", N_("Avoid years.")),
    "AvoidYearsThatAreAssociatedWithYou": (
        "avoid_years",
        N_("Avoid years that have to do with you."),
    ),
    "AvoidDatesAndYearsThatAreAssociatedWithYou": (
        "avoid_dates",
        N_("Avoid dates and years that have to do with you."),
    ),
}
