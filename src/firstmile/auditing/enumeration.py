"""Asks as somebody who wants to know which addresses have an account, and compares the answers."""

import json
import random
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import httpx

from firstmile.auditing.distributions import Comparison, compare

WARM_UP = 10
# What belongs to the request and not to the address.
OF_THE_REQUEST = frozenset({"x-correlation-id", "date"})
BODY_OF_THE_REQUEST = frozenset({"correlationId"})
# What is left of a limit, and for how many seconds: less with every request, whomever it names.
COUNTED = re.compile(r";(r|t)=[0-9]+")
TOO_MANY = 429

Preparing = Callable[[str], Awaitable[None]]


@dataclass(frozen=True)
class Probe:
    """A question with an address in it; `attempt` is the try in a row that is looked at."""

    name: str
    path: str
    body: dict[str, str]
    attempt: int = 1

    def about(self, address: str) -> dict[str, str]:
        """The body of the question about an address."""
        return {"email": address, **self.body}


_REGISTRATION = {"password": "another good secret 7", "firstName": "Dana", "lastName": "Lopez"}
FIRST = (
    Probe("login", "/api/v1/auth/login", {"password": "not the password"}),
    Probe("forgot", "/api/v1/auth/forgot-password", {}),
    Probe("resend", "/api/v1/auth/resend-verification", {}),
    Probe("register", "/api/v1/auth/register", _REGISTRATION),
)
# What is refused to the second only of two in a row may tell an account by that.
AGAIN = tuple(Probe(f"{one.name}-again", one.path, one.body, attempt=2) for one in FIRST)
PROBES = {probe.name: probe for probe in (*FIRST, *AGAIN)}


class Limited(ConnectionError):
    """A limit answers in place of what is behind it, so there is nothing to compare."""


@dataclass(frozen=True)
class Said:
    """Everything an answer says, save what belongs to the request: its id, time and address."""

    status: int
    headers: tuple[tuple[str, str], ...]
    cookies: tuple[str, ...]
    keys: tuple[str, ...]
    length: int
    body: str


@dataclass
class Group:
    """One kind of address: the address of each try, and what to put right before it."""

    state: str
    address: Callable[[int], str]
    prepare: Preparing | None = None


def always(address: str) -> Callable[[int], str]:
    """The same address for every try."""
    return lambda _: address


@dataclass
class Heard:
    """What the tries of one group were answered, and after how many seconds."""

    state: str
    said: set[Said] = field(default_factory=set)
    seconds: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Finding:
    """How a state is answered beside the reference: in these aspects otherwise, and this late."""

    heard: Heard
    aspects: tuple[str, ...]
    comparison: Comparison

    @property
    def tells(self) -> bool:
        """Whether somebody could learn from it that the address has an account."""
        return bool(self.aspects) or self.comparison.is_notable


@dataclass(frozen=True)
class Result:
    """What one probe found: the reference, and every other state held against it."""

    probe: Probe
    reference: Heard
    findings: tuple[Finding, ...]

    @property
    def telling(self) -> tuple[Finding, ...]:
        """The states that are told from the reference."""
        return tuple(finding for finding in self.findings if finding.tells)


async def audit(
    client: httpx.AsyncClient, probe: Probe, groups: Sequence[Group], samples: int
) -> Result:
    """Ask about every group, the first of which is the reference; the second look decides.

    When the times seem to differ it asks twice as often again, for a machine has its moods.
    Raises httpx.HTTPError when the service does not answer, and Limited when a limit does.
    """
    heard = [Heard(group.state) for group in groups]
    await _ask_all(client, probe, list(zip(groups, heard, strict=True)), samples)
    result = _judged(probe, heard)
    if any(not finding.aspects for finding in result.telling):
        await _ask_all(client, probe, list(zip(groups, heard, strict=True)), 2 * samples)
        result = _judged(probe, heard)
    return result


def said(answer: httpx.Response, address: str) -> Said:
    """An answer without what belongs to its request."""
    pairs = answer.headers.multi_items()
    told = _told(answer.text.replace(address, "*"))
    return Said(
        status=answer.status_code,
        headers=tuple((name, lasting(name, value)) for name, value in pairs),
        cookies=tuple(value.partition("=")[0] for name, value in pairs if name == "set-cookie"),
        keys=tuple(told),
        length=len(answer.content),
        body=json.dumps({k: v for k, v in told.items() if k not in BODY_OF_THE_REQUEST}),
    )


def lasting(name: str, value: str) -> str:
    """What a header says beyond its request: of a limit its name, and not what is left of it."""
    if name in OF_THE_REQUEST or name == "set-cookie":
        return "*"
    return COUNTED.sub(r";\1=*", value) if name == "ratelimit" else value


def _told(text: str) -> dict[str, object]:
    """The fields of a body; one without a name when it is no object."""
    try:
        document = json.loads(text)
    except ValueError:
        document = text
    return document if isinstance(document, dict) else {"": document}


async def _ask_all(
    client: httpx.AsyncClient, probe: Probe, pairs: list[tuple[Group, Heard]], samples: int
) -> None:
    """Ask `samples` times for each group, in an order that is new each time."""
    reference = pairs[0][0]
    for number in range(samples + WARM_UP):
        for group, heard in random.sample(pairs, len(pairs)):
            answer, seconds, address = await _ask(client, probe, group, len(heard.seconds) + number)
            _refuse_limited(answer, group.state, is_reference=group is reference)
            if number >= WARM_UP:
                heard.seconds.append(seconds)
                heard.said.add(said(answer, address))


async def _ask(
    client: httpx.AsyncClient, probe: Probe, group: Group, number: int
) -> tuple[httpx.Response, float, str]:
    address = group.address(number)
    if group.prepare is not None:
        await group.prepare(address)
    for _ in range(probe.attempt - 1):
        await _posted(client, probe, address)
    answer, seconds = await _posted(client, probe, address)
    return answer, seconds, address


def _refuse_limited(answer: httpx.Response, state: str, *, is_reference: bool) -> None:
    """Raise Limited for a limit of a route, which counts before anybody is looked up.

    Any other 429 is an answer like others, and may tell; unless an address without an account
    has it too.
    """
    if answer.status_code != TOO_MANY:
        return
    told = _told(answer.text)
    name, allowed = told.get("limit"), told.get("allowed")
    if name is None and not is_reference:
        return
    limit = f"LIMIT_{name}".upper() + f" ({allowed})" if name else "A limit in front of it"
    wait = answer.headers.get("retry-after", "some")
    raise Limited(
        f"{limit} is reached, at an address that is {state}: it hides what is to be compared."
        f" Lift it for the audit and begin again after {wait} seconds."
    )


async def _posted(
    client: httpx.AsyncClient, probe: Probe, address: str
) -> tuple[httpx.Response, float]:
    client.cookies.clear()
    started = time.perf_counter()
    answer = await client.post(probe.path, json=probe.about(address))
    return answer, time.perf_counter() - started


def _judged(probe: Probe, heard: Sequence[Heard]) -> Result:
    reference, *others = heard
    findings = tuple(
        Finding(one, _aspects(reference, one), compare(reference.seconds, one.seconds))
        for one in others
    )
    return Result(probe, reference, findings)


def _aspects(reference: Heard, other: Heard) -> tuple[str, ...]:
    """In what the answers of the other differ: as sets, for a limit may be reached midway."""
    return tuple(
        name
        for name in Said.__dataclass_fields__
        if {getattr(one, name) for one in reference.said}
        != {getattr(one, name) for one in other.said}
    )
