"""Questions to servers of others over HTTPS, with a deadline and never into our own network."""

import asyncio
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

SECONDS = 5.0  # a person waits for the answer, though not with an open request
MOST_BYTES = 65_536

# IPv6 that Python takes for public: what translators lead to IPv4 (RFC 6052, 8215, 2765), IPv4 as
# it was written in IPv6 once, and the private networks of then (RFC 4291).
TRANSLATED = ("64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96")
FORMER = ("::/96", "fec0::/10")
NOT_PUBLIC = tuple(map(ipaddress.IPv6Network, (*TRANSLATED, *FORMER)))


class NotAsked(Exception):
    """The address leads to where no question may go, or nowhere."""


@dataclass(frozen=True)
class Reply:
    """What a server said."""

    status: int
    body: bytes


async def ask(
    url: str, body: bytes, headers: Mapping[str, str], *, may_be_private: bool = False
) -> Reply:
    """Post JSON; redirects are not followed, and of the answer 64 KB are read.

    The name is looked up once and the address that was checked is the one that is asked. Raises
    NotAsked for an address that is not public, unless it may be private; TimeoutError after five
    seconds, and httpx.HTTPError.
    """
    try:
        httpx.URL(url)
        parts = urlsplit(url)
        port = parts.port
    except (ValueError, httpx.InvalidURL) as odd:
        raise NotAsked("it is no address") from odd
    if parts.scheme != "https" and not may_be_private:
        raise NotAsked("it is no https address")
    async with asyncio.timeout(SECONDS):
        address = await _address_of(parts.hostname or "", port, may_be_private=may_be_private)
        literal = f"[{address}]" if ":" in address else address
        host = parts.netloc.rpartition("@")[2]
        asked = parts._replace(netloc=f"{literal}:{port}" if port else literal).geturl()
        async with (
            httpx.AsyncClient(follow_redirects=False, trust_env=False) as http,
            http.stream(
                "POST",
                asked,
                content=body,
                headers={"content-type": "application/json", **headers, "host": host},
                extensions={"sni_hostname": parts.hostname or ""},
            ) as answer,
        ):
            return Reply(answer.status_code, await _read(answer))


async def _address_of(host: str, port: int | None, *, may_be_private: bool) -> str:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as failure:
        raise NotAsked("its name leads nowhere") from failure
    addresses = [str(one[4][0]) for one in found]
    if not may_be_private and not all(_is_public(address) for address in addresses):
        raise NotAsked("it leads into a private network")
    return addresses[0]


def _is_public(address: str) -> bool:
    read = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(read, ipaddress.IPv6Address):
        if any(read in one for one in NOT_PUBLIC):
            return False
        read = read.ipv4_mapped or read.sixtofour or read
    return read.is_global and not read.is_multicast


async def _read(answer: httpx.Response) -> bytes:
    read = b""
    async for chunk in answer.aiter_bytes():
        read += chunk
        if len(read) > MOST_BYTES:
            return read[:MOST_BYTES]
    return read
