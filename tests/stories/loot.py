"""What a thief of the database has: dumps, and a list of what would be worth finding in them."""

import base64
import re
import subprocess
from urllib.parse import quote, quote_plus

import httpx

from firstmile.outside.postgres import EmbeddedPostgres

BYTES = re.compile(r"\\\\?x((?:[0-9a-f]{2})+)")
LEAST = 8  # characters: what is shorter is found everywhere by chance


class Loot:
    """Every value that was given out, and the dumps to look for them in."""

    def __init__(self, cluster: EmbeddedPostgres, url: str) -> None:
        self._program = str(cluster._programs.folder / "pg_dump")
        self._url = url
        self.values: dict[str, str] = {}
        self.dumps: dict[str, str] = {}

    def note(self, what: str, value: str) -> None:
        assert len(value) >= LEAST, what
        self.values[what] = value

    def note_answer(self, what: str, answer: httpx.Response) -> None:
        """The tokens and cookies of an answer, each under a name of its own."""
        assert answer.status_code < 400, answer.text
        body = answer.json() if answer.headers.get("content-type") == "application/json" else {}
        for name in {"accessToken", "refreshToken"} & set(body):
            self.note(f"{name} of {what}", body[name])
        for name in ("session", "csrf-token"):
            if value := answer.cookies.get(name):
                self.note(f"cookie {name} of {what}", value)

    def dump(self, when: str) -> None:
        """Take the whole database, once as it is and once with its bytes made readable."""
        taken = subprocess.run(
            [self._program, "--dbname", self._url, "--no-owner"],
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout.decode("latin-1")
        readable = BYTES.sub(lambda found: bytes.fromhex(found[1]).decode("latin-1"), taken)
        self.dumps[when] = f"{taken}\n{readable}\n{_decoded(readable)}"

    def found(self) -> list[str]:
        """Which value is in which dump, and in what form."""
        return [
            f"{what} as {form} in the dump {when}"
            for what, value in self.values.items()
            for form, text in forms_of(value)
            for when, dump in self.dumps.items()
            if text in dump
        ]


def forms_of(value: str) -> list[tuple[str, str]]:
    """How a value might be written, whole and (for a token) by its meaningful parts."""
    parts = {value, *(part for part in value.split(".") if len(part) >= 40)}
    found = []
    for part in parts:
        raw = part.encode()
        found += [("itself", part), ("URL-encoded", quote(part, safe=""))]
        found += [("a form field", quote_plus(part)), ("hex", raw.hex())]
        found += [("base64", text) for text in _base64_anywhere(raw)]
        if bits := _decoded_token(part):
            found += [("its bytes", bits.decode("latin-1")), ("its bytes in hex", bits.hex())]
    return found


def _base64_anywhere(raw: bytes) -> list[str]:
    """The letters that base64 makes of `raw` wherever it begins in something larger."""
    found = []
    for ahead in range(3):
        text = base64.b64encode(b"\0" * ahead + raw).decode().rstrip("=")
        inner = text[(0, 2, 3)[ahead] : -1]
        found += [inner, inner.replace("+", "-").replace("/", "_")]
    return found


def _decoded_token(text: str) -> bytes:
    """The random bytes behind 43 or more letters of base64, else nothing."""
    if not re.fullmatch(r"[\w-]{43,}", text):
        return b""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))[-32:]


def _decoded(text: str) -> str:
    """Every long run of base64 in a text, opened."""
    runs = re.findall(r"[A-Za-z0-9+/_-]{40,}", text)
    opened = []
    for run in runs:
        plain = run.replace("-", "+").replace("_", "/")
        opened.append(base64.b64decode(plain[: len(plain) // 4 * 4]).decode("latin-1"))
    return "\n".join(opened)
