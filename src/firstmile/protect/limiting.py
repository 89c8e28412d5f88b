"""The limits of routes, kept: a guard that counts, and a middleware that tells."""

from typing import Any, cast
from urllib.parse import parse_qsl

import msgspec
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from firstmile.kernel.access import visitor
from firstmile.kernel.asgi import (
    BODY,
    App,
    Message,
    Receive,
    Scope,
    Send,
    address_of,
    header_of,
)
from firstmile.kernel.languages import N_
from firstmile.kernel.parts import Parts
from firstmile.kernel.refusals import TooMany
from firstmile.kernel.secrets import Vault
from firstmile.kernel.visit import PARTS
from firstmile.protect.limiter import Limiter
from firstmile.protect.limits import By, Limit, Policies, Policy, declared
from firstmile.protect.local_windows import Key
from firstmile.protect.networks import network_of
from firstmile.protect.verdicts import Look, Verdict

VERDICT = "firstmile.verdict"
MOST_FIELDS = 50


class Named(msgspec.Struct, rename="camel"):
    """What a form or JSON may name, whatever else is in it."""

    email: str = ""
    token: str = ""
    sign_in_token: str = ""


class Plan:
    """The limits of a route. All are counted for one caller, so that they are one call.

    At the door that is the network, whoever may be signed in.
    """

    def __init__(self, limits: tuple[Limit, ...], policies: tuple[Policy, ...]) -> None:
        self.limits = limits
        self.policies = policies
        self.is_at_the_door = any(one.by is not By.PERSON for one in limits)


class Callers:
    """Finds the limits of a route, and who is counted by them.

    The address or token a request names is only kept as a keyed digest.
    """

    def __init__(self, policies: Policies, vault: Vault, *, trusted_proxies: int) -> None:
        self._policies = policies
        self._vault = vault
        self._proxies = trusted_proxies
        self._plans: dict[int, Plan] = {}

    def plan_of(self, handler: BaseRouteHandler) -> Plan:
        """The limits a route declared."""
        limits = declared(handler.opt)
        # By what was declared: Litestar gives each guard a copy of the handler.
        plan = self._plans.get(id(limits))
        if plan is None:
            plan = Plan(limits, tuple(self._policies[one.name] for one in limits))
            self._plans[id(limits)] = plan  # which holds `limits`, so the id stays theirs
        return plan

    def policy(self, name: str) -> Policy:
        """The limit of this name."""
        return self._policies[name]

    def network(self, scope: Scope) -> str:
        """The network a request comes from."""
        return network_of(address_of(scope, self._proxies))

    async def keys(self, plan: Plan, scope: Scope) -> list[Key]:
        """Who is counted, for each limit of the plan."""
        whose = await self._whose(plan, scope)
        if not plan.is_at_the_door:
            return [(whose, one.name, "") for one in plan.limits]
        named = _named(scope)
        return [(whose, one.name, self._named(one.by, named, scope)) for one in plan.limits]

    async def _whose(self, plan: Plan, scope: Scope) -> str:
        actor = None if plan.is_at_the_door else await visitor(scope)
        if actor is not None:  # staff in somebody's place use up what is theirs
            return f"user:{actor.impersonator_id or actor.user_id}"
        return f"network:{self.network(scope)}"

    def _named(self, by: By, named: Named, scope: Scope) -> str:
        if by is By.EMAIL:
            value = named.email.strip().lower()
        elif by is By.TOKEN:
            # A half-finished sign-in of a browser is in its cookies.
            value = named.token or named.sign_in_token or header_of(scope, b"cookie") or ""
        else:
            return ""
        return self._vault.digest("limits", value.encode())[:12].hex()


class LimitHeaders:
    """Tells every caller what is left, whatever the answer."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                verdict: Verdict | None = scope.get(VERDICT)
                if verdict is not None:
                    message["headers"] = _with(message.get("headers", ()), verdict)
            await send(message)

        await self.app(scope, receive, telling if scope["type"] == "http" else send)


async def within_limits(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    """Count a request, or raise TooMany; guards the whole application, before everything else."""
    scope = cast(Scope, connection.scope)
    parts: Parts = scope[PARTS]
    callers, limiter = parts.get(Callers), parts.get(Limiter)
    plan = callers.plan_of(handler)
    if not plan.limits:
        return
    keys = await callers.keys(plan, scope)
    verdict = await limiter.judge(keys, plan.policies, scope.get("path_template", ""))
    scope[VERDICT] = verdict
    if verdict.refusing is not None:
        raise _too_often(verdict.refusing)


async def count_holder(scope: Scope, name: str, holder: str) -> None:
    """Count a request of whoever holds a key that many hold, or raise TooMany.

    Each network is counted for itself: one of them must not use up what is there for all.
    """
    parts: Parts = scope[PARTS]
    callers = parts.get(Callers)
    whose = f"key:{holder}:{callers.network(scope)}"
    verdict = await parts.get(Limiter).judge([(whose, name, "")], [callers.policy(name)])
    scope[VERDICT] = verdict
    if verdict.refusing is not None:
        raise _too_often(verdict.refusing)


def _too_often(look: Look) -> TooMany:
    return TooMany(
        N_("That was a little too often. Try again in a while."),
        error="rate_limited",
        retry_after=look.seconds,
        facts={"limit": look.policy.name, "allowed": look.policy.sentence},
    )


def _with(headers: Any, verdict: Verdict) -> list[tuple[bytes, bytes]]:
    if verdict.refusing is not None:  # the refusal has said it too
        headers = [(name, value) for name, value in headers if name.lower() != b"retry-after"]
    return [*headers, *verdict.headers()]


def _named(scope: Scope) -> Named:
    """What the body names; nothing when it cannot be read, which the route will say."""
    body: bytes = scope.get(BODY, b"")
    kind = header_of(scope, b"content-type") or ""
    if kind.startswith("application/x-www-form-urlencoded"):
        try:
            pairs = parse_qsl(body.decode(), max_num_fields=MOST_FIELDS)
        except ValueError:
            return Named()
        fields = dict(pairs)  # of a repeated field the last counts, as for the page itself
        return Named(email=fields.get("email", ""), token=fields.get("token", ""))
    try:
        return msgspec.json.decode(body, type=Named)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Named()
