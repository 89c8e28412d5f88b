"""The OpenFeature SDKs of JavaScript, in a process of their own that does what it is told."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from tests.identity.real_provider import FOLDER, NODE


class JavaScript:
    """A program with an OpenFeature client in it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def does(self, verb: str, **given: Any) -> dict[str, Any]:
        """Have it do something; what it says."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": verb, **given}) + "\n")
        self._process.stdin.flush()
        return self.says()

    def says(self) -> dict[str, Any]:
        """The next line it writes."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "it ended: is tests/node installed?"
        told: dict[str, Any] = json.loads(line)
        return told


@contextmanager
def javascript(kind: Literal["server", "web"], url: str, key: str) -> Iterator[JavaScript]:
    """The SDK for servers or for browsers, ended with the block."""
    process = subprocess.Popen(
        [str(NODE), "--experimental-eventsource", "--no-warnings", "flags.mjs", kind],
        cwd=FOLDER,
        env={"OFREP_URL": url, "OFREP_KEY": key},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        program = JavaScript(process)
        assert program.says() == {"ready": True}
        yield program
    finally:
        process.terminate()
        process.wait(10)
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()
