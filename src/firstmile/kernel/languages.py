"""The languages we speak, and the catalogue of each."""

import gettext
import io
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"en": "English", "fr": "Français"}
DEFAULT = "en"
CATALOGUES = Path(__file__).parent.parent / "locale"


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The messages of a language; English is the source and needs no file."""
    path = CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as source:
        messages = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translate(language: str, message: str) -> str:
    """`message` in `language`, or as it is when the catalogue does not know it."""
    return catalogue(language).gettext(message)


def said(language: str, detail: Mapping[str, Any]) -> str:
    """The message of a refusal's detail in `language`, with what it tells where it belongs."""
    message = translate(language, str(detail["message"]))
    for name in ("number", "about"):
        message = message.replace(f"{{{name}}}", str(detail.get(name, "")))
    return f"{detail['line']}: {message}" if detail.get("line") else message


def supported(language: str | None) -> str:
    """The language itself when we speak it, else the default."""
    return language if language in LANGUAGES else DEFAULT


def best_of(preferences: Iterable[str]) -> str:
    """The first language tag we speak; `fr-CA` is heard as `fr`."""
    for tag in preferences:
        primary = tag.split("-")[0].strip().lower()
        if primary in LANGUAGES:
            return primary
    return DEFAULT


def accepted(header: str | None) -> list[str]:
    """The tags of an Accept-Language header, best first (RFC 9110, section 12.5.4)."""
    weighted = []
    for position, item in enumerate((header or "").split(",")[:20]):
        tag, _, quality = item.partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=")) if quality else 1.0
        except ValueError:
            continue
        if tag.strip() and weight > 0:
            weighted.append((-weight, position, tag.strip()))
    return [tag for _, _, tag in sorted(weighted)]


def N_(message: str) -> str:  # noqa: N802  the name gettext's tools look for
    """Mark a message for the catalogue where it is translated later."""
    return message
