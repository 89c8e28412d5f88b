"""Turns the templates of a package into a message: subject, text and HTML."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from firstmile.kernel.languages import catalogue, supported
from firstmile.outside.mail import Message

LAYOUT = Path(__file__).parent / "templates"


class Letters:
    """Writes letters from the template folders of the packages that speak."""

    def __init__(self, folders: list[Path], *, product: str, base_url: str) -> None:
        self._folders = [*folders, LAYOUT]
        self._words = {"product": product, "base_url": base_url}
        self._inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
        self._environments: dict[str, Environment] = {}

    def write(
        self, kind: str, *, key: str, to: str, language: str, facts: Mapping[str, Any]
    ) -> Message:
        """The letter of this kind in this language; `facts` fill its template."""
        language = supported(language)
        environment = self._environment(language)
        words = {**self._words, "lang": language, **facts}
        return Message(
            key=key,
            to=to,
            subject=" ".join(environment.get_template(f"{kind}.subject.txt").render(words).split()),
            text=environment.get_template(f"{kind}.txt").render(words).strip() + "\n",
            html=self._inliner.inline(environment.get_template(f"{kind}.html").render(words)),
        )

    def _environment(self, language: str) -> Environment:
        if language not in self._environments:
            environment = Environment(
                loader=FileSystemLoader(self._folders),
                autoescape=select_autoescape(["html"]),
                undefined=StrictUndefined,
                trim_blocks=True,
                lstrip_blocks=True,
                extensions=["jinja2.ext.i18n"],
            )
            environment.install_gettext_translations(  # type: ignore[attr-defined]
                catalogue(language), newstyle=True
            )
            self._environments[language] = environment
        return self._environments[language]
