"""Time-based one-time passwords (RFC 6238): six digits that change every half minute."""

import hmac
from datetime import datetime

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20  # 160 bits, as long as the hash (RFC 4226, section 4)
WINDOW = 1  # steps that a clock may be early or late (RFC 6238, section 5.2)


def step_at(now: datetime) -> int:
    """The time step of a moment: half minutes since 1970."""
    return int(now.timestamp()) // STEP_SECONDS


def code_at(secret: bytes, step: int) -> str:
    """The code of a time step, by HMAC-SHA-1 and truncation (RFC 4226, section 5.3)."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = mac[-1] & 0xF
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def matched_step(secret: bytes, code: str, now: datetime, *, after: int = 0) -> int | None:
    """The time step whose code this is, the present one or its neighbours; None for no step.

    Steps up to `after` are spent and match nothing (RFC 6238, section 5.2; ASVS 5.0, 6.5.1).
    """
    present = step_at(now)
    steps = range(max(after + 1, present - WINDOW), present + WINDOW + 1)
    given = code.encode()
    fitting = [step for step in steps if hmac.compare_digest(code_at(secret, step).encode(), given)]
    return fitting[0] if fitting else None
