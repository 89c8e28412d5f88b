"""Whose network a request comes from, as limits see it."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

UNKNOWN = "unknown"
# Somebody with an IPv6 connection has a whole /64 to send from.
IPV6_PREFIX = 64


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """An IPv4 address as it is, an IPv6 address as its /64; `unknown` for anything else.

    All that is unknown shares one limit: what cannot be read is never a way around it.
    """
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return UNKNOWN
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        if mapped is None:
            return str(ip_network((parsed, IPV6_PREFIX), strict=False))
        parsed = mapped
    return str(parsed)
