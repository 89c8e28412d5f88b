"""The articles that come with Firstmile, as files: front matter in YAML, then Markdown."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import yaml

from firstmile.help.models import Category, Content, Text, check_content, check_slug
from firstmile.kernel.languages import DEFAULT, LANGUAGES
from firstmile.protect.plain_yaml import read_plain

FOLDER = Path(__file__).parent / "articles"
FENCE = "---\n"


class Head(msgspec.Struct, forbid_unknown_fields=True):
    """What stands before the text. Only the English file says where the article belongs."""

    title: str
    summary: str
    category: str = ""
    places: list[str] = msgspec.field(default_factory=list)
    related: list[str] = msgspec.field(default_factory=list)
    staff: bool = False


@dataclass(frozen=True)
class Shipped:
    """An article out of its files, and what they are now."""

    slug: str
    content: Content
    digest: str


@dataclass(frozen=True)
class Library:
    """All that ships: articles, what they are sorted under, and words that mean the same."""

    articles: tuple[Shipped, ...]
    categories: Mapping[str, Category]
    synonyms: Mapping[str, tuple[tuple[str, ...], ...]]


def read_library(folder: Path = FOLDER) -> Library:
    """Read `categories.yaml`, `synonyms.yaml` and `<language>/<slug>.md`.

    Raises ValueError naming the file that does not hold.
    """
    titles: dict[str, dict[str, str]] = _yaml(folder / "categories.yaml")
    categories = {
        key: Category(key, said, position) for position, (key, said) in enumerate(titles.items())
    }
    same: dict[str, list[list[str]]] = _yaml(folder / "synonyms.yaml")
    return Library(
        tuple(_articles(folder, categories)),
        categories,
        {language: tuple(map(tuple, groups)) for language, groups in same.items()},
    )


def _articles(folder: Path, categories: Mapping[str, Category]) -> Iterable[Shipped]:
    for path in sorted((folder / DEFAULT).glob("*.md")):
        files = {one: folder / one / path.name for one in LANGUAGES}
        files = {language: file for language, file in files.items() if file.exists()}
        parts = {language: _parts(file) for language, file in files.items()}
        head = parts[DEFAULT][0]
        content = Content(
            category=head.category,
            texts={
                language: Text(said.title, said.summary, body)
                for language, (said, body) in parts.items()
            },
            contexts=tuple(head.places),
            related=tuple(head.related),
            is_for_staff=head.staff,
        )
        try:
            yield Shipped(
                check_slug(path.stem), check_content(content, categories), _digest(files.values())
            )
        except Exception as refusal:
            raise ValueError(f"{path}: {getattr(refusal, 'details', refusal)}") from refusal


def _parts(path: Path) -> tuple[Head, str]:
    _, _, rest = path.read_text().partition(FENCE)
    head, fence, body = rest.partition(FENCE)
    if not fence:
        raise ValueError(f"{path}: no front matter between two lines of ---")
    try:
        return msgspec.convert(read_plain(head), Head), body.strip()
    except (msgspec.ValidationError, yaml.YAMLError) as wrong:
        raise ValueError(f"{path}: {wrong}") from wrong


def _yaml(path: Path) -> Any:
    return read_plain(path.read_text())


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
