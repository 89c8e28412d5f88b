"""A flag or a segment as the fields of a form, and back; conditions as rows of comparisons."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import msgspec

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Invalid
from firstmile.targeting.conditions import Condition
from firstmile.targeting.flags import (
    ANYWHERE,
    Flag,
    Kind,
    Prerequisite,
    Rule,
    Segment,
    Serve,
    Type,
    Unknown,
    Weight,
)
from firstmile.web.condition_forms import (
    condition_of,
    decoded,
    fields_of_condition,
    pretty,
    texts_of,
)
from firstmile.web.form_rows import Fields, rows_of

SPLIT = ""  # as the variant that is served: several by weight
EMPTY_VALUES: Mapping[Type, Any] = {
    Type.BOOLEAN: False,
    Type.STRING: "",
    Type.NUMBER: 0,
    Type.OBJECT: {},
}


def fields_of_flag(flag: Flag) -> Fields:
    """A flag as the fields of its form."""
    weights = {one.variant: one.weight for one in flag.serve.weights}
    fields = {
        "description": flag.description,
        "owner": flag.owner,
        "kind": flag.kind,
        "expiresOn": flag.expires_on.isoformat() if flag.expires_on else "",
        "tags": ", ".join(flag.tags),
        "markets": "" if ANYWHERE in flag.markets else ", ".join(flag.markets),
        "userWhitelist": "\n".join(flag.user_whitelist),
        "onVariant": flag.on_variant,
        "offVariant": flag.off_variant or "",
        "onUnknown": flag.on_unknown,
        "serveVariant": flag.serve.variant or SPLIT,
        "rolloutPercentage": f"{flag.serve.rollout_percentage:g}",
        "by": flag.serve.by,
    }
    if flag.is_public:
        fields["isPublic"] = "on"
    for place, (name, value) in enumerate(flag.variants.items()):
        fields |= {f"variants.{place}.name": name, f"variants.{place}.value": _shown(value, flag)}
        fields[f"variants.{place}.weight"] = str(weights.get(name, ""))
    for place, needed in enumerate(flag.prerequisites):
        fields |= {
            f"prerequisites.{place}.flag": needed.flag,
            f"prerequisites.{place}.variants": ", ".join(needed.variants),
        }
    for place, rule in enumerate(flag.rules):
        fields |= _fields_of_rule(rule, f"rules.{place}")
    return fields


def flag_of(fields: Fields, before: Flag) -> Flag:
    """The flag that a form describes; what has no field stays. Raises Invalid."""
    variants = dict(_variants(fields, before.type))
    return msgspec.structs.replace(
        before,
        description=fields.get("description", "").strip(),
        owner=fields.get("owner", "").strip(),
        kind=_one_of(Kind, fields, "kind"),
        expires_on=_day(fields.get("expiresOn", "")),
        tags=tuple(texts_of(fields.get("tags", ""))),
        markets=tuple(one.upper() for one in texts_of(fields.get("markets", ""))) or (ANYWHERE,),
        user_whitelist=tuple(dict.fromkeys(texts_of(fields.get("userWhitelist", "")))),
        variants=variants,
        on_variant=fields.get("onVariant", ""),
        off_variant=fields.get("offVariant") or None,
        on_unknown=_one_of(Unknown, fields, "onUnknown"),
        is_public="isPublic" in fields,
        prerequisites=tuple(_prerequisites(fields)),
        rules=tuple(_rule(fields, f"rules.{place}") for place in rows_of(fields, "rules")),
        serve=_serve_of_flag(fields, before.serve, variants),
    )


def fields_of_segment(segment: Segment) -> Fields:
    """A segment as the fields of its form."""
    fields = {
        "description": segment.description,
        "included": "\n".join(segment.included),
        "excluded": "\n".join(segment.excluded),
    }
    return fields | ({} if segment.when is None else fields_of_condition(segment.when, "when"))


def segment_of(fields: Fields, key: str) -> Segment:
    """The segment that a form describes; raises Invalid."""
    has_condition = "when.json" in fields or rows_of(fields, "when.conditions")
    return Segment(
        key,
        description=fields.get("description", "").strip(),
        included=tuple(dict.fromkeys(texts_of(fields.get("included", "")))),
        excluded=tuple(dict.fromkeys(texts_of(fields.get("excluded", "")))),
        when=condition_of(fields, "when") if has_condition else None,
    )


def _fields_of_rule(rule: Rule, at: str) -> Fields:
    """A rule as rows; one that serves by weight as JSON, which can say all of it."""
    kept = msgspec.json.encode(rule).decode()
    if rule.serve.weights:
        return {f"{at}.json": pretty(rule)}
    return {
        **fields_of_condition(rule.when, at),
        f"{at}.variant": rule.serve.variant or "",
        f"{at}.percentage": f"{rule.serve.rollout_percentage:g}",
        f"{at}.description": rule.description,
        f"{at}.kept": kept,
    }


def _rule(fields: Fields, at: str) -> Rule:
    if (text := fields.get(f"{at}.json")) is not None and f"{at}.variant" not in fields:
        whole: Rule = decoded(text, Rule, f"{at}.json")
        return whole
    text = fields.get(f"{at}.kept", "")
    before = decoded(text, Rule, at) if text else Rule(Condition(), Serve())
    serve = msgspec.structs.replace(
        before.serve,
        variant=fields.get(f"{at}.variant") or None,
        rollout_percentage=_percentage(fields, f"{at}.percentage"),
    )
    description = fields.get(f"{at}.description", "").strip()
    return msgspec.structs.replace(
        before, when=condition_of(fields, at), serve=serve, description=description
    )


def _serve_of_flag(fields: Fields, before: Serve, variants: Mapping[str, Any]) -> Serve:
    chosen = fields.get("serveVariant", SPLIT)
    weights = tuple(_weights(fields, variants)) if chosen == SPLIT else ()
    return msgspec.structs.replace(
        before,
        variant=chosen or None,
        weights=weights,
        rollout_percentage=_percentage(fields, "rolloutPercentage"),
        by=fields.get("by", "").strip(),
    )


def _weights(fields: Fields, variants: Mapping[str, Any]) -> Iterator[Weight]:
    for row in rows_of(fields, "variants"):
        name = fields.get(f"variants.{row}.name", "").strip()
        text = fields.get(f"variants.{row}.weight", "").strip()
        if name in variants and text:
            if not text.isdecimal():
                raise Invalid.field(f"variants.{row}.weight", N_("A weight is a whole number."))
            yield Weight(name, int(text))


def _variants(fields: Fields, kind: Type) -> Iterator[tuple[str, Any]]:
    for row in rows_of(fields, "variants"):
        name = fields.get(f"variants.{row}.name", "").strip()
        text = fields.get(f"variants.{row}.value", "")
        if kind is Type.STRING:
            yield name, text
        else:
            try:
                yield name, msgspec.json.decode(text)
            except msgspec.DecodeError as broken:
                at = f"variants.{row}.value"
                raise Invalid.field(at, N_("This is no JSON of the flag's type.")) from broken


def _prerequisites(fields: Fields) -> Iterator[Prerequisite]:
    for row in rows_of(fields, "prerequisites"):
        key = fields.get(f"prerequisites.{row}.flag", "").strip()
        if key:
            variants = tuple(texts_of(fields.get(f"prerequisites.{row}.variants", "")))
            yield Prerequisite(key, variants)


def _percentage(fields: Fields, name: str) -> float:
    try:
        return float(fields.get(name, "").strip().rstrip("%").replace(",", "."))
    except ValueError as garbage:
        raise Invalid.field(name, N_("Say a share from 0 to 100.")) from garbage


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError as garbage:
        raise Invalid.field("expiresOn", N_("Write the day as 2026-12-31.")) from garbage


def _one_of(kind: Any, fields: Fields, name: str) -> Any:
    try:
        return kind(fields.get(name, ""))
    except ValueError as garbage:
        raise Invalid.field(name, N_("Choose one of these.")) from garbage


def _shown(value: Any, flag: Flag) -> str:
    if flag.type is Type.STRING and isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
