"""The page of a sign-in that waits for its second factor."""

from collections.abc import Iterable
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromQuery
from litestar.response import Redirect

from firstmile.identity import store, store_factors
from firstmile.identity.admission import Admission, Pending
from firstmile.identity.entering import pending_token
from firstmile.identity.policy import Method
from firstmile.identity.routes_factors import go_on_with_code
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Refusal, TooMany, Unauthenticated
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.limits import limit
from firstmile.web.forms import AnyRequest, fields_of, inside, see
from firstmile.web.rendering import Pages, language_of, mistakes
from firstmile.web.visitor import entered

Page = Response[str] | Redirect

OVER = "/sign-in?notice=sign-in-expired"
# What the address of a page calls the ways, in the order in which they are offered.
WAYS = {"code": Method.TOTP, "passkey": Method.PASSKEY, "recovery-code": Method.RECOVERY_CODE}


def asked_with(methods: Iterable[Method], wanted: str) -> Method | None:
    """The way a page asks for: the wanted one if the person has it, else their first."""
    has = [method for method in WAYS.values() if method in set(methods)]
    if WAYS.get(wanted) in has:
        return WAYS[wanted]
    return has[0] if has else None


@get("/sign-in/second-factor")
async def second_factor_page(
    visit: Visiting,
    next: FromQuery[str] = "",  # noqa: A002
    use: FromQuery[str] = "",
) -> Page:
    """The form for a code, or the button for a passkey."""
    try:
        pending = _pending(visit)
    except Unauthenticated:
        return see(OVER)
    return await _page(visit, pending, inside(next, "/home"), use)


@post("/sign-in/second-factor", opt=limit("codes", by="sign_in"))
async def second_factor(visit: Visiting, request: AnyRequest) -> Page:
    """Finish the sign-in and go to where the person wanted to go."""
    form = await fields_of(request)
    goal, use = inside(form.get("next"), "/home"), form.get("use", "")
    try:
        pending = _pending(visit)
        outcome = await go_on_with_code(
            visit, None, form.get("code", ""), trust_device="trust" in form
        )
    except (Unauthenticated, TooMany) as refusal:
        if refusal.error not in ("invalid_code", "second_factor_locked"):
            return see(OVER)
        return await _again(visit, pending, goal, use, refusal, trust="trust" in form)
    return entered(visit, outcome, goal)


async def _again(
    visit: Visit, pending: Pending, goal: str, use: str, refusal: Refusal, *, trust: bool
) -> Page:
    told = mistakes(refusal, language_of(visit.scope))["form"]
    errors = {"form" if isinstance(refusal, TooMany) else "code": told}
    status = status_of(refusal)
    return await _page(visit, pending, goal, use, status=status, errors=errors, trust=trust)


async def _page(
    visit: Visit, pending: Pending, goal: str, use: str, *, status: int = 200, **words: Any
) -> Page:
    async with visit.reading() as db:
        user = await store.user_by_id(db, pending.user_id)
        methods = (await store_factors.demands_of(db, user)).second_factors
    given = {"trust": False, **words}
    return await visit.part(Pages).page(
        visit,
        "second_factor.html",
        status=status,
        next=goal,
        methods=methods,
        asked=asked_with(methods, use),
        **given,
    )


def _pending(visit: Visit) -> Pending:
    return visit.part(Admission).read(pending_token(visit), visit.part(Works).clock())


router = Router(
    path="/", route_handlers=[second_factor_page, second_factor], include_in_schema=False
)
