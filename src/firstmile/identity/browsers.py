"""What a request tells about the browser or program it came from."""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network

from ua_parser import parse

from firstmile.kernel.asgi import Scope, address_of, cookies_of, header_of

NETWORKS = {4: 24, 6: 48}
LONGEST = 512
NAME_LENGTH = 80


@dataclass(frozen=True)
class Browser:
    """Where a sign-in comes from. `secret` is what its device cookie holds, if it has one."""

    name: str
    network: str
    secret: str | None


def browser_of(scope: Scope, *, device_cookie: str, trusted_proxies: int) -> Browser:
    """The browser behind a request."""
    return Browser(
        name=name_of((header_of(scope, b"user-agent") or "")[:LONGEST]),
        network=network_of(address_of(scope, trusted_proxies)),
        secret=cookies_of(scope).get(device_cookie) or None,
    )


@lru_cache(maxsize=1000)
def name_of(user_agent: str) -> str:
    """What a person would call it, such as `Firefox on Windows`; empty when it does not say."""
    found = parse(user_agent)
    browser = found.user_agent.family if found.user_agent else user_agent.partition("/")[0]
    system = found.os.family if found.os else ""
    name = f"{browser} on {system}" if browser and system else browser or system
    return "".join(sign for sign in name if sign.isprintable())[:NAME_LENGTH]


def network_of(address: str) -> str:
    """The network of an address, /24 or /48, so that no person's own address is kept."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    return str(ip_network((found, NETWORKS[found.version]), strict=False))
