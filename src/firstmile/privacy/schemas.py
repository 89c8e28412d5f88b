"""The JSON of consent."""

from typing import Annotated

import msgspec

from firstmile.privacy.consenting import Standing
from firstmile.privacy.notice import Notice
from firstmile.protect.consent import Answer


class Wire(msgspec.Struct, rename="camel", kw_only=True):
    """camelCase on the wire."""


class CategoryOut(Wire):
    """Something to agree to. What is necessary cannot be refused."""

    key: str
    title: str
    text: str
    necessary: bool


class NoticeOut(Wire):
    """The notice in a language, and what holds now; `choices` is null for who has not answered."""

    version: str
    language: str
    categories: list[CategoryOut]
    texts: dict[str, str]
    choices: list[str] | None
    gpc: bool
    needed: bool

    @classmethod
    def of(cls, notice: Notice, standing: Standing) -> "NoticeOut":
        """Both together."""
        return cls(
            version=notice.version,
            language=notice.language,
            categories=[
                CategoryOut(key=one.key, title=one.title, text=one.text, necessary=one.necessary)
                for one in notice.categories
            ],
            texts=dict(notice.texts),
            choices=None if standing.choices is None else sorted(standing.choices),
            gpc=standing.gpc,
            needed=standing.needed,
        )


class ChoiceIn(Wire):
    """An answer to a version of the notice; no choices is a no to all."""

    version: Annotated[str, msgspec.Meta(max_length=40)]
    choices: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=40)]], msgspec.Meta(max_length=50)
    ]


class ChoiceOut(Wire):
    """What holds from now on. A page of another origin keeps `receipt` and sends it along."""

    version: str
    choices: list[str]
    receipt: str

    @classmethod
    def of(cls, answer: Answer) -> "ChoiceOut":
        """An answer as it is told."""
        return cls(
            version=answer.version or "",
            choices=sorted(answer.purposes),
            receipt=answer.written(),
        )
