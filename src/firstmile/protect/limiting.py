"""The limits of routes, kept: a guard that counts, and a middleware that tells."""

from collections.abc import Callable
from typing import Any, cast

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from firstmile.kernel.access import visitor
from firstmile.kernel.asgi import App, Message, Receive, Scope, Send, address_of, cookies_of
from firstmile.kernel.parts import Parts
from firstmile.kernel.secrets import Vault
from firstmile.kernel.visit import PARTS
from firstmile.protect.limiter import Limiter
from firstmile.protect.limits import USUAL, By, Limit, Policies, Policy, declared
from firstmile.protect.local_windows import Key
from firstmile.protect.named import named_in, token_of
from firstmile.protect.networks import network_of
from firstmile.protect.verdicts import Verdict, too_often

VERDICT = "firstmile.verdict"
COUNTED = "firstmile.counted_holder"


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

    The address or token a request names is only kept as a keyed digest: of an address by its
    `key_of`, which is one for all its spellings.
    """

    def __init__(
        self,
        policies: Policies,
        vault: Vault,
        *,
        key_of: Callable[[str], str],
        sign_in_cookie: str,
        trusted_proxies: int,
    ) -> None:
        self._policies = policies
        self._vault = vault
        self._key_of = key_of
        self._sign_in_cookie = sign_in_cookie
        self._proxies = trusted_proxies
        self._plans: dict[int, Plan] = {}

    def plan_of(self, limits: tuple[Limit, ...]) -> Plan:
        """The limits that a route declared, with what holds of each."""
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
        return [(whose, one.name, self._named(one.by, scope)) for one in plan.limits]

    async def _whose(self, plan: Plan, scope: Scope) -> str:
        actor = None if plan.is_at_the_door else await visitor(scope)
        if actor is not None:  # staff in somebody's place use up what is theirs
            return f"user:{actor.impersonator_id or actor.user_id}"
        return f"network:{self.network(scope)}"

    def _named(self, by: By, scope: Scope) -> str:
        if by is By.EMAIL:
            value = self._key_of(named_in(scope, "email")).encode()
        elif by is By.TOKEN:
            value = named_in(scope, "token").encode()
        elif by is By.SIGN_IN:  # a browser has it in a cookie
            given = named_in(scope, "signInToken")
            value = token_of(given or cookies_of(scope).get(self._sign_in_cookie, ""))
        else:
            return ""
        return self._vault.digest("limits", value)[:12].hex()


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
    await _count(cast(Scope, connection.scope), declared(handler.opt))


async def count_usual(scope: Scope) -> None:
    """The same for what is asked past the routes and has the usual limit."""
    await _count(scope, USUAL)


async def _count(scope: Scope, limits: tuple[Limit, ...]) -> None:
    """A request that runs again after a deadlock was counted already."""
    if VERDICT in scope or not limits:
        return
    parts: Parts = scope[PARTS]
    callers, limiter = parts.get(Callers), parts.get(Limiter)
    plan = callers.plan_of(limits)
    keys = await callers.keys(plan, scope)
    verdict = await limiter.judge(keys, plan.policies, scope.get("path_template", ""))
    scope[VERDICT] = verdict
    if verdict.refusing is not None:
        raise too_often(verdict.refusing)


async def count_holder(scope: Scope, name: str, holder: str) -> None:
    """Count a request of whoever holds a key that many hold, or raise TooMany.

    Each network is counted for itself: one of them must not use up what is there for all.
    A request that runs again after a deadlock was counted already.
    """
    if scope.get(COUNTED) == (name, holder):
        return
    scope[COUNTED] = name, holder
    parts: Parts = scope[PARTS]
    callers = parts.get(Callers)
    whose = f"key:{holder}:{callers.network(scope)}"
    verdict = await parts.get(Limiter).judge([(whose, name, "")], [callers.policy(name)])
    scope[VERDICT] = verdict
    if verdict.refusing is not None:
        raise too_often(verdict.refusing)


def _with(headers: Any, verdict: Verdict) -> list[tuple[bytes, bytes]]:
    if verdict.refusing is not None:  # the refusal has said it too
        headers = [(name, value) for name, value in headers if name.lower() != b"retry-after"]
    return [*headers, *verdict.headers()]
