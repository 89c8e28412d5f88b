"""How refusals, and routes that take a file, look in the OpenAPI document."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
)

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


def problems(*statuses: int, is_limited: bool = True) -> dict[int, ResponseSpec]:
    """The `responses` of a route that may refuse with these statuses, and with 429 as most do."""
    limited = {429} if is_limited else set()
    return {
        status: ResponseSpec(
            Problem,
            description=HTTPStatus(status).phrase,
            media_type=MEDIA_TYPE,
            generate_examples=False,
        )
        for status in sorted({*statuses, *limited})
    }


@dataclass
class TakesFile(Operation):
    """A route that reads its own body: a form with one file, in the field `file`."""

    def __post_init__(self) -> None:
        file = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        form = Schema(type=OpenAPIType.OBJECT, properties={"file": file}, required=["file"])
        self.request_body = RequestBody(
            content={"multipart/form-data": OpenAPIMediaType(schema=form)}, required=True
        )
