"""The notice people read before they choose: its categories and texts, in every language."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from firstmile.kernel.languages import DEFAULT, LANGUAGES, N_, translate
from firstmile.protect.consent import Purpose
from firstmile.protect.plain_yaml import read_plain

VERSION = "2026-11-28"
NECESSARY = "necessary"

OWN_TEXTS = {
    "heading": N_("May we keep more than is needed?"),
    "intro": N_(
        "What the pages need to work is always kept. Everything else is up to you, and you can"
        " change your mind on any page."
    ),
    "acceptAll": N_("Accept all"),
    "refuseAll": N_("Only what is needed"),
    "choose": N_("Choose"),
    "save": N_("Save my choice"),
    "change": N_("Privacy choices"),
}
OWN_CATEGORIES = {
    NECESSARY: (
        N_("Needed"),
        N_(
            "Keeps you signed in, guards forms against forgery, and remembers your language and"
            " this choice."
        ),
    ),
    Purpose.EXPERIMENTS: (
        N_("Experiments"),
        N_(
            "Remembers which version of a page this browser was shown, so that it stays the same"
            " and we learn which one helps."
        ),
    ),
    Purpose.ANALYTICS: (
        N_("Statistics"),
        N_("Counts which pages and steps are used by one browser, to find where people give up."),
    ),
    Purpose.GUIDANCE: (
        N_("Tips that remember you"),
        N_(
            "Remembers which tips you saw before you signed in. Without it you still get them, and"
            " we count totals only."
        ),
    ),
}


@dataclass(frozen=True)
class Category:
    """Something to agree to, as it is called and explained in one language."""

    key: str
    title: str
    text: str
    necessary: bool


@dataclass(frozen=True)
class Notice:
    """All that somebody reads before they choose, in one language."""

    version: str
    language: str
    categories: tuple[Category, ...]
    texts: Mapping[str, str]

    @property
    def digest(self) -> bytes:
        """SHA-256 of all its words: what a record says that somebody read."""
        return sha256(self.as_text().encode()).digest()

    def as_text(self) -> str:
        """Its words in one fixed form (JSON with sorted keys), to be kept and compared."""
        told = {
            "version": self.version,
            "language": self.language,
            "categories": [[one.key, one.title, one.text] for one in self.categories],
            "texts": dict(self.texts),
        }
        return json.dumps(told, ensure_ascii=False, sort_keys=True)


class NoticeRefused(ValueError):
    """A file with a notice that cannot be used."""


class Notices:
    """The notice in every language, as it is built in or as a file changes it."""

    def __init__(
        self,
        version: str = VERSION,
        changed: Mapping[str, Mapping[str, Any]] | None = None,
        purposes: Iterable[str] = tuple(Purpose),
    ) -> None:
        self.version = version
        self.purposes = tuple(purposes)
        self._changed = changed or {}
        self._written: dict[str, Notice] = {}

    def in_language(self, language: str) -> Notice:
        """The notice in a language; what it lacks there is in the default one."""
        if language not in self._changed and language not in LANGUAGES:
            language = DEFAULT
        found = self._written.get(language)
        if found is None:
            found = self._written[language] = self._write(language)
        return found

    def known(self, choices: Iterable[str]) -> frozenset[str]:
        """Those choices that can be made."""
        return frozenset(choices) & frozenset(self.purposes)

    def _write(self, language: str) -> Notice:
        texts = self._said(language, "texts")
        return Notice(
            self.version,
            language,
            tuple(self._category(language, key) for key in (NECESSARY, *self.purposes)),
            {name: texts.get(name) or translate(language, own) for name, own in OWN_TEXTS.items()},
        )

    def _category(self, language: str, key: str) -> Category:
        said = self._said(language, "categories").get(key) or {}
        title, text = (translate(language, own) for own in OWN_CATEGORIES.get(key, ("", "")))
        return Category(
            key, said.get("title") or title, said.get("text") or text, necessary=key == NECESSARY
        )

    def _said(self, language: str, part: str) -> dict[str, Any]:
        """What the file says in a language, over what it says in the default one."""
        said = [(self._changed.get(one) or {}).get(part) or {} for one in (DEFAULT, language)]
        # Its English is no French: where a language of ours is not changed, our own words stay.
        return said[1] if language in LANGUAGES and said[1] else {**said[0], **said[1]}


def notices_of(path: Path | None) -> Notices:
    """The notice as the file says, or as it is built in; raises NoticeRefused.

    The file is YAML: `version`, `purposes` (those that are asked for), and under `languages` for
    each language `texts` and `categories` with `title` and `text`. All but `version` may be left
    out; a purpose that is not built in needs its words in the default language.
    """
    if path is None:
        return Notices()
    try:
        said = read_plain(path.read_text())
    except (OSError, yaml.YAMLError) as unreadable:
        raise NoticeRefused(f"{path}: cannot be read: {unreadable}") from unreadable
    if not isinstance(said, dict) or not isinstance(said.get("version"), str):
        raise NoticeRefused(f"{path}: give the notice a `version`, in quotes")
    languages, purposes = said.get("languages") or {}, said.get("purposes") or list(Purpose)
    if problem := _problem(said["version"], languages, purposes):
        raise NoticeRefused(f"{path}: {problem}")
    return Notices(said["version"], languages, purposes)


def _problem(version: str, languages: Any, purposes: Any) -> str | None:
    if not version or not all(one.isalnum() or one == "-" for one in version):
        return "`version` is made of letters, digits and hyphens"
    if not isinstance(purposes, list) or not all(
        isinstance(one, str) and one.isidentifier() for one in purposes
    ):
        return "`purposes` is a list of names made of letters, digits and underscores"
    if not isinstance(languages, dict) or not all(
        isinstance(one, dict) for one in languages.values()
    ):
        return "`languages` holds `texts` and `categories` under each language"
    default = (languages.get(DEFAULT) or {}).get("categories") or {}
    if missing := [one for one in purposes if one not in OWN_CATEGORIES and one not in default]:
        return f"say in `{DEFAULT}` what {', '.join(missing)} is for"
    return None
