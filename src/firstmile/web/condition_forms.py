"""Conditions as rows of comparisons in a form, and values between commas."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Invalid
from firstmile.targeting.conditions import Condition, Op, Scalar
from firstmile.web.form_rows import Fields, rows_of

SEGMENT = "segment"  # stands among the comparisons, for conditions that name a segment
TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^,\n]+)\s*(?:[,\n]|$)')


def fields_of_condition(condition: Condition, at: str) -> Fields:
    """Comparisons that all have to hold as rows; anything else as JSON."""
    parts = (condition,) if condition.all_of is None else condition.all_of
    if not parts or not all(_is_a_row(part) for part in parts):
        return {f"{at}.json": pretty(condition)}
    fields: Fields = {}
    for place, part in enumerate(parts):
        row = f"{at}.conditions.{place}"
        if part.segment is not None:
            fields |= {f"{row}.attribute": "", f"{row}.op": SEGMENT, f"{row}.values": part.segment}
        else:
            fields |= {
                f"{row}.attribute": part.attribute or "",
                f"{row}.op": part.op,
                f"{row}.values": ", ".join(map(_quoted, part.values)),
            }
    return fields


def _is_a_row(part: Condition) -> bool:
    has_form = part.segment is not None or part.attribute is not None
    return has_form and not (part.parts or part.ignore_case or part.loose)


def condition_of(fields: Fields, at: str) -> Condition:
    """The condition that rows or a JSON field describe; raises Invalid."""
    if (text := fields.get(f"{at}.json")) is not None:
        found: Condition = decoded(text, Condition, f"{at}.json")
        return found
    rows = rows_of(fields, f"{at}.conditions")
    parts = tuple(_comparison(fields, f"{at}.conditions.{row}") for row in rows)
    return parts[0] if len(parts) == 1 else Condition(all_of=parts)


def _comparison(fields: Fields, at: str) -> Condition:
    op, text = fields.get(f"{at}.op", ""), fields.get(f"{at}.values", "")
    if op == SEGMENT:
        return Condition(segment=text.strip())
    if op not in set(Op):
        raise Invalid.field(f"{at}.op", N_("Choose how it is compared."))
    attribute = fields.get(f"{at}.attribute", "").strip()
    return Condition(attribute=attribute, op=Op(op), values=tuple(_scalars(text)))


def texts_of(text: str) -> Iterator[str]:
    """Texts between commas or line ends; in quotes one may hold a comma."""
    for match in TOKEN.finditer(text):
        if one := match[1].strip():
            yield str(_unquoted(one)) if one.startswith('"') else one


def _scalars(text: str) -> Iterator[Scalar]:
    """Values between commas: numbers and true or false as such, unless they stand in quotes."""
    for match in TOKEN.finditer(text):
        if one := match[1].strip():
            yield _unquoted(one)


def _unquoted(text: str) -> Scalar:
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    return value if isinstance(value, str | int | float | bool) else text


def _quoted(value: Scalar) -> str:
    if not isinstance(value, str):
        return msgspec.json.encode(value).decode()
    is_plain = _unquoted(value) == value and not re.search(r'[,"\n]', value)
    is_plain = is_plain and value == value.strip() and value != ""
    return value if is_plain else msgspec.json.encode(value).decode()


def pretty(document: Any) -> str:
    """A document as JSON that people read."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def decoded(text: str, kind: Any, field: str) -> Any:
    """A document of this kind; raises Invalid with what is wrong, for this field."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.MsgspecError as broken:
        raise Invalid(
            N_("Some of this needs another look."),
            details=[{"field": field, "message": str(broken)}],
        ) from broken
