"""How refusals look in the OpenAPI document."""

from http import HTTPStatus
from typing import Any

import msgspec
from litestar.openapi import ResponseSpec

from firstmile.kernel.problems import MEDIA_TYPE

# What any route that takes a body may say: unreadable, not from our own page, too large, wrong.
BODY = (400, 403, 413, 422)


class Problem(msgspec.Struct, rename="camel", kw_only=True, omit_defaults=True):
    """Why a request was refused (RFC 9457). Some codes add members; docs/reference/errors.md."""

    type: str
    status: int
    error: str
    message: str
    correlation_id: str
    retry_after: int | None = None
    details: Any = None


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """The `responses` of a route that may refuse with these statuses."""
    return {
        status: ResponseSpec(
            Problem,
            description=HTTPStatus(status).phrase,
            media_type=MEDIA_TYPE,
            generate_examples=False,
        )
        for status in sorted(statuses)
    }
