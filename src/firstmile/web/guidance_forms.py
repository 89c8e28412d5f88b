"""Contents of guidance as fields of a form, and back."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from firstmile.guidance.models import (
    USUAL,
    Content,
    Delivery,
    Frequency,
    Kind,
    Needs,
    Step,
    Times,
    Wording,
    Wordings,
)
from firstmile.kernel.languages import LANGUAGES, N_
from firstmile.kernel.refusals import Invalid
from firstmile.web.condition_forms import condition_of, fields_of_condition
from firstmile.web.form_rows import Fields, acted, rows_of

TEXTS = ("title", "body", "action")
WHEN = "when"


def fields_of_content(content: Content) -> Fields:
    """All of a content as fields."""
    fields: Fields = {
        "key": content.key,
        "kind": content.kind,
        "delivery": content.delivery,
        "target": content.target or "",
        "routes": "\n".join(content.routes),
        "flag": content.flag or "",
        "beginsAt": _moment(content.begins_at),
        "endsAt": _moment(content.ends_at),
        "priority": str(content.priority),
        "times": content.frequency.times,
        "days": str(content.frequency.days or ""),
        "href": content.href or "",
        **({"interrupts": "on"} if content.interrupts else {}),
        **_fields_of_words("words", content.words),
    }
    fields |= {} if content.when is None else fields_of_condition(content.when, WHEN)
    for place, step in enumerate(content.steps):
        at = f"steps.{place}"
        fields |= {
            f"{at}.key": step.key,
            f"{at}.target": step.target or "",
            f"{at}.route": step.route or "",
            f"{at}.href": step.href or "",
            **_fields_of_words(at, step.words),
        }
    needs = content.needs or Needs()
    return fields | {
        "roles": ", ".join(needs.roles),
        "permission": needs.permission or "",
        "needed": ", ".join(needs.steps),
        "neededFlag": needs.flag or "",
    }


def content_of(fields: Fields, key: str, kind: str) -> Content:
    """The content that fields describe; raises Invalid for what cannot be read."""
    if kind not in set(Kind):
        raise Invalid.field("kind", N_("Choose one of these."))
    fields = _without_empty(fields)
    has_when = rows_of(fields, f"{WHEN}.conditions") or f"{WHEN}.json" in fields
    return Content(
        key=key,
        kind=Kind(kind),
        words=_words_of(fields, "words"),
        delivery=Delivery(_choice(fields, "delivery", list(Delivery))),
        target=_text(fields, "target"),
        interrupts="interrupts" in fields,
        routes=tuple(fields.get("routes", "").split()),
        when=condition_of(fields, WHEN) if has_when else None,
        flag=_text(fields, "flag"),
        begins_at=_read_moment(fields, "beginsAt"),
        ends_at=_read_moment(fields, "endsAt"),
        priority=_number(fields, "priority", USUAL) or 0,
        frequency=_frequency(fields),
        href=_text(fields, "href"),
        steps=tuple(_steps_of(fields)) if kind == Kind.TOUR else (),
        needs=_needs_of(fields) if kind == Kind.GATE else None,
    )


def differing(before: Content | None, after: Content) -> Iterator[tuple[str, str, str]]:
    """The fields that differ between two versions: the name, before and after."""
    old = {} if before is None else fields_of_content(before)
    new = fields_of_content(after)
    for name in dict.fromkeys([*old, *new]):
        if old.get(name, "") != new.get(name, ""):
            yield name, old.get(name, ""), new.get(name, "")


def _fields_of_words(at: str, words: Wordings) -> Fields:
    return {
        f"{at}.{language}.{name}": getattr(wording, name)
        for language, wording in words.items()
        for name in TEXTS
    }


def _words_of(fields: Fields, at: str) -> Wordings:
    found = {
        language: Wording(
            *(
                fields.get(f"{at}.{language}.{name}", "").replace("\r\n", "\n").strip()
                for name in TEXTS
            )
        )
        for language in LANGUAGES
    }
    return {language: wording for language, wording in found.items() if wording != Wording()}


def _steps_of(fields: Fields) -> Iterator[Step]:
    for row in rows_of(fields, "steps"):
        at = f"steps.{row}"
        yield Step(
            key=fields.get(f"{at}.key", "").strip(),
            words=_words_of(fields, at),
            target=_text(fields, f"{at}.target"),
            route=_text(fields, f"{at}.route"),
            href=_text(fields, f"{at}.href"),
        )


def _needs_of(fields: Fields) -> Needs:
    return Needs(
        roles=_listed(fields, "roles"),
        permission=_text(fields, "permission"),
        steps=_listed(fields, "needed"),
        flag=_text(fields, "neededFlag"),
    )


def _frequency(fields: Fields) -> Frequency:
    times = Times(_choice(fields, "times", list(Times)))
    return Frequency(times, _number(fields, "days", None) if times is Times.EVERY else None)


def _without_empty(fields: Fields) -> Fields:
    """The fields without rows of a condition that were left as they were."""
    name = f"{WHEN}.conditions"
    for row in reversed(rows_of(fields, name)):
        at = f"{name}.{row}"
        if not fields.get(f"{at}.attribute") and not fields.get(f"{at}.values"):
            fields = acted(fields, f"remove {at}")
    return fields


def _text(fields: Fields, name: str) -> str | None:
    return fields.get(name, "").strip() or None


def _listed(fields: Fields, name: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in fields.get(name, "").split(",") if one.strip())


def _choice(fields: Fields, name: str, known: list[str]) -> str:
    value = fields.get(name, known[0])
    if value not in known:
        raise Invalid.field(name, N_("Choose one of these."))
    return value


def _number(fields: Fields, name: str, default: int | None) -> int | None:
    text = fields.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or len(text) > 4:
        raise Invalid.field(name, N_("Give a whole number."))
    return int(text)


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")


def _read_moment(fields: Fields, name: str) -> datetime | None:
    """A moment of a form's field, which is UTC."""
    text = fields.get(name, "").strip()
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
    except ValueError as wrong:
        raise Invalid.field(name, N_("Give the day and the time.")) from wrong


def same(one: Content, other: Content) -> bool:
    """Whether two contents say the same."""
    return msgspec.json.encode(one) == msgspec.json.encode(other)
