"""The JSON Schema of the files of steps, for editors and for CI."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from firstmile.kernel.languages import DEFAULT, LANGUAGES
from firstmile.onboarding.deadlines import After
from firstmile.onboarding.files.definitions import KEY, MOST
from firstmile.onboarding.files.fields import (
    DUE,
    FACTS,
    FILE,
    FIX,
    NEED,
    ROLES,
    ROUTE,
    SCOPES,
    STEP,
    VERIFICATION,
    Field,
)
from firstmile.onboarding.files.reading_needs import HREF
from firstmile.onboarding.files.reading_verification import MOST_COUNT, MOST_DAYS, SPAN, WAYS

Schema = dict[str, Any]
KINDS = {
    str: "string",
    int: "integer",
    bool: "boolean",
    list: "array",
    dict: "object",
    date: "string",
}
TEXTS: Schema = {
    "properties": {language: {"type": "string", "minLength": 1} for language in LANGUAGES},
    "required": [DEFAULT],
    "additionalProperties": False,
}
A_KEY: Schema = {"type": "string", "pattern": f"^{KEY.pattern}$"}
A_LINK: Schema = {"pattern": f"^{HREF.pattern}$"}
A_NUMBER: Schema = {"minimum": 1, "maximum": MOST}
SOME_ROLES: Schema = {"items": {"enum": list(ROLES)}}


def schema() -> Schema:
    """The schema of a file (JSON Schema 2020-12), from the fields the reader goes by."""
    fix = _mapping(FIX, {"href": A_LINK})
    need = _mapping(NEED, {"any": {"items": A_KEY, "minItems": 1}, "reason": TEXTS, "fix": fix})
    needs: Schema = {"items": {"anyOf": [A_KEY, need]}}
    step = _mapping(
        STEP,
        {
            "key": A_KEY,
            "title": TEXTS,
            "description": TEXTS,
            "verification": _verification(),
            "due": _due(),
            "version": A_NUMBER,
            "weight": A_NUMBER,
            "roles": SOME_ROLES,
            "markets": {"items": {"type": "string"}},
            "requires": needs,
            "href": A_LINK,
            "scope": {"enum": list(SCOPES)},
        },
    )
    route = _mapping(ROUTE, {"needs": needs, "roles": SOME_ROLES})
    route["anyOf"] = [{"required": [name]} for name in ("needs", "roles", "markets", "when")]
    file = _mapping(FILE, {"steps": {"items": step}, "routes": {"items": route}})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Steps of Firstmile",
        **file,
    }


def _verification() -> Schema:
    said: dict[str, Schema] = {
        "by": {"enum": list(WAYS)},
        "fact": {"enum": list(FACTS)},
        "count": {"minimum": 1, "maximum": MOST_COUNT},
        "within": {"pattern": f"^{SPAN.pattern}$"},
    }
    needed = [
        {"if": {"properties": {"by": {"const": way}}}, "then": {"required": [way]}}
        for way in ("fact", "event")
    ]
    return _mapping(VERIFICATION, said) | {"allOf": needed}


def _due() -> Schema:
    said: dict[str, Schema] = {
        "days": {"minimum": 1, "maximum": MOST_DAYS},
        "after": {"enum": list(After)},
        "date": {"format": "date"},
    }
    return _mapping(DUE, said) | {"oneOf": [{"required": ["days"]}, {"required": ["date"]}]}


def _mapping(fields: Mapping[str, Field], details: Mapping[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": {
            name: {"type": KINDS[field.kind], "description": field.meaning} | details.get(name, {})
            for name, field in fields.items()
        },
        "required": [name for name, field in fields.items() if field.is_needed],
        "additionalProperties": False,
    }
