"""The one table from refusal to HTTP problem document (RFC 9457)."""

from collections.abc import Mapping
from typing import Any

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import (
    ClientException,
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.types import ExceptionHandlersMap

from firstmile.kernel.answers import RETRIED, TRY_AGAIN
from firstmile.kernel.asgi import FAILURE, Send
from firstmile.kernel.correlation import correlation_id
from firstmile.kernel.languages import N_, accepted, best_of, said, translate
from firstmile.kernel.refusals import (
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    Refusal,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
)

log = structlog.get_logger()

AnyRequest = Request[Any, Any, Any]

TOO_LONG = (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError)
# A value that PostgreSQL cannot hold: NUL in a text, a number or a moment beyond its type. The
# statements are ours and tested, so it came with the request.
UNTAKEN = {"22000", "22003", "22008", "22021", "22P05"}  # SQLSTATE; the first is asyncpg's own
MEDIA_TYPE = "application/problem+json"

STATUS: dict[type[Refusal], int] = {
    Malformed: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    Invalid: 422,
    TooMany: 429,
    Unavailable: 503,
}


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal: that of its nearest ancestor in the table."""
    return next(STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS)


def document(
    *, status: int, error: str, message: str, facts: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The problem document: `{type, status, error, message, correlationId, ...}`."""
    return {
        "type": f"urn:firstmile:problem:{error}",
        "status": status,
        "error": error,
        "message": message,
        "correlationId": correlation_id.get(),
        **(facts or {}),
    }


def refused(
    request: AnyRequest,
    refusal: Refusal,
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[Any]:
    """The answer to a refusal, in the caller's language."""
    language = best_of(accepted(request.headers.get("accept-language")))
    all_headers = dict(headers or {})
    facts = refusal.facts_in(language)
    if refusal.details is not None:
        facts["details"] = _told(refusal.details, language)
    if refusal.retry_after is not None:
        facts["retryAfter"] = refusal.retry_after
        all_headers["retry-after"] = str(refusal.retry_after)
    answered = status or status_of(refusal)
    if answered == 401:
        all_headers["www-authenticate"] = "Bearer"
    body = document(
        status=answered,
        error=refusal.error,
        message=translate(language, refusal.message),
        facts=facts,
    )
    return Response(body, status_code=answered, media_type=MEDIA_TYPE, headers=all_headers)


async def respond(
    send: Send, *, status: int, error: str, message: str, retry_after: int | None = None
) -> None:
    """Answer with a problem document from a middleware, where there is no route."""
    facts = {} if retry_after is None else {"retryAfter": retry_after}
    body = msgspec.json.encode(document(status=status, error=error, message=message, facts=facts))
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", b"%d" % len(body))]
    headers += [(b"retry-after", b"%d" % seconds) for seconds in facts.values()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _refusal(request: AnyRequest, refusal: Refusal) -> Response[Any]:
    return refused(request, refusal)


def _validation(request: AnyRequest, failure: ValidationException) -> Response[Any]:
    extra = failure.extra if isinstance(failure.extra, list) else []
    details = [
        {"field": str(one.get("key", "")), "message": str(one.get("message", ""))} for one in extra
    ]
    return refused(request, Invalid(N_("Some of this needs another look."), details=details))


def _http(request: AnyRequest, failure: HTTPException) -> Response[Any]:
    if isinstance(failure, NotFoundException):
        return refused(request, NotFound(N_("There is nothing at this address.")))
    if isinstance(failure, MethodNotAllowedException):
        refusal = Malformed(
            N_("This address does not take that method."), error="method_not_allowed"
        )
        return refused(request, refusal, status=405)
    if isinstance(failure, ClientException):
        return refused(
            request, Malformed(N_("The request is not valid JSON."), error="invalid_json")
        )
    return _unexpected(request, failure)


def _unexpected(request: AnyRequest, failure: Exception) -> Response[Any]:
    if isinstance(failure, RETRIED):
        request.scope["state"][TRY_AGAIN] = True
    if getattr(failure, "sqlstate", "") in UNTAKEN:
        return refused(request, Invalid(N_("Some of this needs another look.")))
    if isinstance(failure, (*RETRIED, *TOO_LONG)):
        return refused(request, Unavailable(N_("Try again in a moment."), retry_after=1))
    log.error("unexpected_failure", exc_info=failure)
    request.scope[FAILURE] = failure  # type: ignore[literal-required]  # told by the outermost
    message = N_("Something went wrong on our side. We have noted it.")
    body = document(status=500, error="internal", message=message)
    return Response(body, status_code=500, media_type=MEDIA_TYPE)


HANDLERS: ExceptionHandlersMap = {
    Refusal: _refusal,
    ValidationException: _validation,
    HTTPException: _http,
    Exception: _unexpected,
}


def _told(details: Any, language: str) -> Any:
    """The details with their messages in the caller's language."""
    if not isinstance(details, list):
        return details
    return [
        {**one, "message": said(language, one)}
        if isinstance(one, dict) and "message" in one
        else one
        for one in details
    ]
