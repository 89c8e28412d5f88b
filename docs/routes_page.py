# ruff: noqa: INP001
"""Writes the page of the routes: the JSON API with its shapes, and the pages."""

import json
import re
from collections.abc import Iterable
from typing import Any

from litestar.routes import HTTPRoute
from markdown import page, table

from firstmile.settings import Settings
from firstmile.web import routers


def routes_page(document: dict[str, Any]) -> str:
    """The API by tag, its shapes, and the pages, from the OpenAPI document and the routers."""
    by_tag: dict[str, list[str]] = {}
    for path, methods in sorted(document["paths"].items()):
        for method, operation in methods.items():
            by_tag.setdefault(operation["tags"][0], []).append(_route(path, method, operation))
    parts = [f"## {tag}\n\n" + "\n\n".join(routes) for tag, routes in sorted(by_tag.items())]
    described = table(["Page", "What it is"], sorted(_page_routes()))
    return page(
        "Routes",
        "The JSON API, also as OpenAPI 3.1 at `/api/openapi.json`, and the pages.",
        "Every refusal is a problem document with one of the codes in [errors](errors.md).",
        *parts,
        f"## Shapes\n\n{_shapes(document['components']['schemas'])}",
        f"## Pages\n\n{described}",
    )


def _page_routes() -> Iterable[tuple[str, str]]:
    for router in routers(Settings(firstmile_env="development")):
        for route in router.routes:
            for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
                if handler.fn.__module__.startswith("firstmile."):
                    path = re.sub(r":\w+}", "}", route.path)
                    said = (handler.fn.__doc__ or "").strip().partition("\n")[0]
                    yield f"`{' '.join(sorted(handler.http_methods))} {path}`", said


def _route(path: str, method: str, operation: dict[str, Any]) -> str:
    lines = [f"### `{method.upper()} {path}`", operation["description"]]
    if "requestBody" in operation:
        taken = operation["requestBody"]
        lines.append(f"Takes `{_shape(taken) or next(iter(taken['content']))}`.")
    answers = []
    for status, response in operation["responses"].items():
        shape = _shape(response)
        answers.append(f"{status} `{shape}`" if shape not in ("", "Problem") else status)
    return "\n\n".join([*lines, f"Answers {', '.join(answers)}."])


def _shape(said: dict[str, Any]) -> str:
    for content in said.get("content", {}).values():
        return str(content["schema"].get("$ref", "")).rpartition("/")[2]
    return ""


def _shapes(schemas: dict[str, Any]) -> str:
    parts = []
    for name, schema in sorted(schemas.items()):
        if "properties" not in schema:
            parts.append(f"### {name}\n\nOne of {_kind(schema)}.")
            continue
        needed = schema.get("required", [])
        rows = [
            (f"`{field}`", _kind(said), "" if field in needed else "may be left out")
            for field, said in schema["properties"].items()
        ]
        parts.append(f"### {name}\n\n{table(['Field', 'Kind', ''], rows)}")
    return "\n\n".join(parts)


def _kind(said: dict[str, Any]) -> str:
    if "$ref" in said:
        return f"`{said['$ref'].rpartition('/')[2]}`"
    if "oneOf" in said:
        return " or ".join(_kind(one) for one in said["oneOf"])
    if "const" in said or "enum" in said:
        values = said["enum"] if "enum" in said else [said["const"]]
        return " or ".join(f"`{json.dumps(value)}`" for value in values)
    if said.get("type") == "array":
        return f"list of {_kind(said['items'])}"
    return str(said.get("format", said.get("type", "any")))
