"""The applications of `examples/`, each set up once and running for all tests of a worker."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engines.examples import Example, example, run, serving
from tests.running import Running

ROOT = Path(__file__).parents[2]
NPM = str(ROOT / "bin/npm")
QUIETLY = ["--silent", "--no-audit", "--no-fund", "--prefer-offline"]


@pytest.fixture(scope="session")
def plain(
    place: Running, ports: dict[str, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Example]:
    """The static page."""
    folder = tmp_path_factory.mktemp("plain") / "harbour"
    page = example("plain-html", folder, place, ports["plain-html"])
    script = folder / "sign-in.js"
    client_id = page.register()["CLIENT_ID"]
    script.write_text(script.read_text().replace("the client_id of the registration", client_id))
    page.paste_tag("index.html")
    words = page.words_of("http.server")
    words[0], words[-1] = sys.executable, str(folder)
    with serving(words, page):
        yield page


@pytest.fixture(scope="session")
def react(
    place: Running, ports: dict[str, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Example]:
    """The React application, built as it would be shipped."""
    folder = tmp_path_factory.mktemp("react") / "harbour"
    page = example("react-vite", folder, place, ports["react-vite"])
    client_id = page.register()["CLIENT_ID"]
    given = (folder / ".env.example").read_text()
    (folder / ".env").write_text(given.replace("the client_id of the registration", client_id))
    words = [NPM, "--silent", *page.words_of("npm pack")[1:]]
    run([str(folder) if word == "examples/react-vite" else word for word in words], folder=ROOT)
    for words in (["ci"], page.words_of("--no-save")[1:], ["run", "build"]):
        run([NPM, *words, *QUIETLY], folder=folder)
    with serving([str(folder / "node_modules/.bin/vite"), "preview"], page):
        yield page


@pytest.fixture(scope="session")
def flask(
    place: Running, ports: dict[str, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Example]:
    """The Flask application with its gate."""
    folder = tmp_path_factory.mktemp("flask") / "harbour"
    page = example("flask-gate", folder, place, ports["flask-gate"])
    page.paste_tag("templates/page.html")
    credentials = page.register()
    words = [word for word in page.words_of("flask run") if "=" not in word]
    with serving([sys.executable, "-m", "flask", *words[1:]], page, **credentials):
        yield page
