"""The JSON Schema of the files of steps, for editors and for CI."""

from collections.abc import Mapping
from typing import Any

from firstmile.kernel.languages import DEFAULT, LANGUAGES
from firstmile.onboarding.definitions import HREF, KEY, MOST
from firstmile.onboarding.fields import (
    FACTS,
    FILE,
    FIX,
    NEED,
    ROLES,
    ROUTE,
    STEP,
    VERIFICATION,
    Field,
)

Schema = dict[str, Any]
KINDS = {str: "string", int: "integer", bool: "boolean", list: "array", dict: "object"}
TEXTS: Schema = {
    "properties": {language: {"type": "string", "minLength": 1} for language in LANGUAGES},
    "required": [DEFAULT],
    "additionalProperties": False,
}
A_KEY: Schema = {"type": "string", "pattern": f"^{KEY.pattern}$"}
A_NUMBER: Schema = {"minimum": 1, "maximum": MOST}
SOME_ROLES: Schema = {"items": {"enum": list(ROLES)}}


def schema() -> Schema:
    """The schema of a file (JSON Schema 2020-12), from the fields the reader goes by."""
    fix = _mapping(FIX, {})
    need = _mapping(NEED, {"any": {"items": A_KEY, "minItems": 1}, "reason": TEXTS, "fix": fix})
    needs: Schema = {"items": {"anyOf": [A_KEY, need]}}
    facts: Schema = {"enum": list(FACTS)}
    verification = _mapping(VERIFICATION, {"by": {"enum": ["person", "fact"]}, "fact": facts})
    verification |= {
        "if": {"properties": {"by": {"const": "fact"}}},
        "then": {"required": ["fact"]},
    }
    step = _mapping(
        STEP,
        {
            "key": A_KEY,
            "title": TEXTS,
            "description": TEXTS,
            "verification": verification,
            "version": A_NUMBER,
            "weight": A_NUMBER,
            "roles": SOME_ROLES,
            "markets": {"items": {"type": "string"}},
            "requires": needs,
            "href": {"pattern": f"^{HREF.pattern}$"},
        },
    )
    route = _mapping(ROUTE, {"needs": needs, "roles": SOME_ROLES})
    route["anyOf"] = [{"required": ["needs"]}, {"required": ["roles"]}]
    file = _mapping(FILE, {"steps": {"items": step}, "routes": {"items": route}})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Steps of Firstmile",
        **file,
    }


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
