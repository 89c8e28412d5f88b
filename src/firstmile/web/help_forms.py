"""Help articles as fields of a form, and back."""

from firstmile.help.models import Content, Text
from firstmile.kernel.languages import LANGUAGES
from firstmile.web.form_rows import Fields

TEXTS = ("title", "summary", "body")


def fields_of_article(content: Content) -> Fields:
    """All of an article as fields."""
    return {
        "category": content.category,
        "contexts": "\n".join(content.contexts),
        "related": "\n".join(content.related),
        **({"staff": "on"} if content.is_for_staff else {}),
        **{
            f"texts.{language}.{name}": str(getattr(text, name))
            for language, text in content.texts.items()
            for name in TEXTS
        },
    }


def article_of(fields: Fields) -> Content:
    """The article that fields describe; the rules say whether it holds."""
    return Content(
        category=fields.get("category", ""),
        texts={language: _text(fields, language) for language in LANGUAGES},
        contexts=tuple(fields.get("contexts", "").split()),
        related=tuple(fields.get("related", "").split()),
        is_for_staff="staff" in fields,
    )


def _text(fields: Fields, language: str) -> Text:
    said = [fields.get(f"texts.{language}.{name}", "").replace("\r\n", "\n") for name in TEXTS]
    return Text(*said)
