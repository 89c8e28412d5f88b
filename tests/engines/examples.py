"""Sets up the applications of `examples/` as their READMEs tell a stranger to."""

import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.running import START_SECONDS, Running

EXAMPLES = Path(__file__).parents[2] / "examples"
FIRSTMILE = "http://localhost:8000"  # where the READMEs have it
TAG = "<!-- firstmile embed tag -->"
SECONDS = 120  # an installation on a machine that does other things too


@dataclass(frozen=True)
class Example:
    """One of them, in a folder of its own, with addresses of the test in place of the README's."""

    folder: Path
    place: Running
    port: int
    usual_port: int
    readme: str

    @property
    def address(self) -> str:
        """Where it will be."""
        return f"http://localhost:{self.port}/"

    def here(self, text: str) -> str:
        """A text of the example with the addresses of this test."""
        ours = text.replace(FIRSTMILE, self.place.base_url)
        return re.sub(rf"(localhost:|port: ){self.usual_port}\b", rf"\g<1>{self.port}", ours)

    def command(self, holding: str) -> str:
        """The command of the README that has this in it."""
        blocks = re.findall(r"```sh\n(.*?)```", self.readme, re.DOTALL)
        lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
        (found,) = [line.strip() for line in lines if holding in line]
        return self.here(found)

    def words_of(self, holding: str) -> list[str]:
        """The same, as words, with the port of this test."""
        words = shlex.split(self.command(holding))
        return [str(self.port) if word == str(self.usual_port) else word for word in words]

    def firstmile(self, holding: str) -> str:
        """What a `firstmile` command of the README says, asked of the Firstmile of this test."""
        words = shlex.split(self.command(holding))
        assert words[0] == ".venv/bin/firstmile"
        return run(
            [sys.executable, "-m", "firstmile", *words[1:]], environment=self.place.environment
        )

    def register(self) -> dict[str, str]:
        """Register it; the credentials it is given, as environment variables."""
        told = self.firstmile("clients add")
        return {
            name.upper(): value for name, value in re.findall(r"^(\w+): (\S+)$", told, re.MULTILINE)
        }

    def paste_tag(self, name: str) -> None:
        """Put what `firstmile embed tag` prints where the example has a place for it."""
        tag = self.firstmile("embed tag").partition("\n\n")[0]
        text = (self.folder / name).read_text()
        assert TAG in text
        (self.folder / name).write_text(text.replace(TAG, tag))


def example(name: str, folder: Path, place: Running, port: int) -> Example:
    """A copy of an example, with addresses that are free."""
    shutil.copytree(EXAMPLES / name, folder)
    readme = (folder / "README.md").read_text()
    usual = re.search(r"http://localhost:(\d+)/", readme)
    assert usual is not None
    one = Example(folder, place, port, int(usual[1]), readme)
    for file in folder.rglob("*"):
        if file.is_file():
            file.write_text(one.here(file.read_text()))
    return one


def run(
    command: list[str], *, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> str:
    """What a command prints; it must end well."""
    ended = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ended.returncode == 0, f"{command}: {ended.stdout}{ended.stderr}"
    return ended.stdout


@contextmanager
def serving(command: list[str], one: Example, **given: str) -> Iterator[None]:
    """The server of an example, until nobody needs it."""
    with (one.folder / "served.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=one.folder,
            env={**one.place.environment, **given},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(one)
        yield
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(one: Example) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            httpx.get(one.address, timeout=2)
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing at {one.address}: {(one.folder / 'served.log').read_text()}")
