"""HTTP for browsers that report what a policy of ours forbade."""

from typing import Any, cast

from litestar import Request, Router, post

from firstmile.kernel.asgi import BODY, Scope, header_of
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Malformed
from firstmile.kernel.visit import Visiting
from firstmile.protect.reports import PATH, Reports

OPEN_TO_OTHERS = frozenset({PATH})  # a browser sends no token along, and needs no cookie


@post(PATH, status_code=204)
async def report(visit: Visiting, request: Request[Any, Any, Any]) -> None:
    """Note violations of the content security policy for the error list."""
    scope = cast(Scope, request.scope)
    kind = (header_of(scope, b"content-type") or "").partition(";")[0].strip().lower()
    try:
        visit.part(Reports).take(kind, scope.get(BODY, b""))
    except ValueError as garbage:
        raise Malformed(N_("This is no report."), error="invalid_report") from garbage


router = Router(path="/", route_handlers=[report], include_in_schema=False)
