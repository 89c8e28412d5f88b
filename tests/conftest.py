"""The ground every test stands on: a real PostgreSQL, the real application, and the cast."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import psycopg
import pytest
from hypothesis import settings as examples
from litestar import Litestar
from pydantic import SecretStr

from firstmile import main
from firstmile.kernel.asgi import App
from firstmile.main import create_app
from firstmile.onboarding.changing.folders import read_folder
from firstmile.outside.migrations import migrate
from firstmile.outside.postgres import EmbeddedPostgres, temporary_cluster
from firstmile.protect.limits import KINDS
from firstmile.service import Service
from firstmile.settings import Settings
from firstmile.verbs.keys import make_keys
from firstmile.verbs.steps import apply_steps
from tests.cast import Cast
from tests.memory import folder_in_memory
from tests.running import Running, environment_of, running_service

ROOT = Path(__file__).parent.parent
SECRET = "tests-4f1cJ0m2Kq8vYz7Lw3Xr9Bn5Td6Hs1Gp"
# The tests are few people who ask for much; those of limits set their own.
NO_LIMITS = {f"limit_{name}": "1000000 per minute" for name in KINDS.keys() - {"uploads"}}

# An example that is slow on a busy machine is no failure.
examples.register_profile("tests", deadline=None)
examples.load_profile("tests")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--accept` takes what the code says now as the golden files."""
    parser.addoption("--accept", action="store_true", help="rewrite the golden files")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A test that was skipped in CI did not prove anything: say so by failing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("Tests were skipped, and in CI that is a failure.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """One PostgreSQL for each process that runs tests.

    Each test copies a database of some 900 files, which takes a tenth of the time in memory.
    """
    with (
        folder_in_memory(tmp_path_factory.mktemp("pg")) as folder,
        temporary_cluster(folder) as server,
    ):
        yield server


@pytest.fixture(scope="session")
def template(cluster: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database with keys and steps, to copy."""
    url = create_database(cluster, "template_of_tests")
    migrate(url)
    prepared = settings_for(url, tmp_path_factory.mktemp("home"))
    asyncio.run(_prepare(prepared))
    return "template_of_tests"


@pytest.fixture(scope="session")
def operator(cluster: EmbeddedPostgres) -> Iterator[psycopg.Connection]:
    """A connection that makes and drops databases: a new one for each costs as much as the work."""
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def database_url(
    cluster: EmbeddedPostgres, operator: psycopg.Connection, template: str
) -> Iterator[str]:
    """A database of the test's own; gone after it, as thousands of them fill a disk."""
    name = f"test_{uuid4().hex}"
    yield _copied(cluster, operator, name, template)
    operator.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Development settings with cheap hashes; a test may change them before it asks for more."""
    return settings_for(database_url, tmp_path)


@pytest.fixture(scope="session", autouse=True)
def routes_built_once() -> Iterator[None]:
    """Share the routes between the applications of a process: they hold nothing of a service.

    Each application still has its own parts and all its middleware; building the routes takes
    as long as many a test.
    """
    built: dict[bool, Litestar] = {}
    build = main._routes

    def routes(service: Service) -> Litestar:
        keeps_mail = service.settings.is_development and service.settings.smtp_host is None
        if keeps_mail not in built:
            built[keeps_mail] = build(service)
        return built[keeps_mail]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(main, "_routes", routes)
        yield


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    """Every part, open."""
    service = Service(settings)
    await service.open()
    service.readiness.on()
    yield service
    await service.close()


@pytest.fixture
def app(service: Service) -> App:
    """The real application with all its middleware."""
    return create_app(service.settings, service)


@pytest.fixture
async def client(app: App) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks HTTP to the application, as a client without cookies of anybody."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        yield client


@pytest.fixture
def cast(service: Service, client: httpx.AsyncClient) -> Cast:
    """Alice, Bob, Charlie and Dana, made when they are asked for."""
    return Cast(service, client)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection to look with."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
def running(settings: Settings) -> Iterator[Running]:
    """Web and worker as processes of their own, as in production."""
    with running_service(settings) as service:
        yield service


@pytest.fixture(scope="session")
def place(
    cluster: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """Firstmile, running for all tests of a process that bring people of their own.

    What a test changes for others too, such as flags, steps and switches, needs `running`.
    """
    with a_place(cluster, template, tmp_path_factory.mktemp("place")) as service:
        yield service


@pytest.fixture(scope="session")
def demo_template(
    cluster: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """A database with the demo in it, to copy."""
    url = create_database(cluster, "template_of_demos", template)
    settings = settings_for(url, tmp_path_factory.mktemp("demo"))
    command = [sys.executable, "-m", "firstmile", "prepare"]
    subprocess.run(command, env=environment_of(settings, {}), check=True, capture_output=True)
    return "template_of_demos"


@pytest.fixture(scope="session")
def demo_place(
    cluster: EmbeddedPostgres, demo_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """As `place`, with the cast of the demo, whom every test leaves as they were."""
    with a_place(cluster, demo_template, tmp_path_factory.mktemp("demo-place")) as service:
        yield service


@contextmanager
def a_place(
    cluster: EmbeddedPostgres, template: str, home: Path, *, host: str = "127.0.0.1", **given: str
) -> Iterator[Running]:
    """Firstmile, running on a copy of a database."""
    url = create_database(cluster, f"place_{uuid4().hex}", template)
    with running_service(settings_for(url, home), host=host, **given) as service:
        yield service


def settings_for(url: str, home: Path, **given: object) -> Settings:
    """Development settings for a database."""
    return Settings(
        firstmile_env="development",
        firstmile_home=home,
        secret_key=SecretStr(SECRET),
        database_url=SecretStr(url),
        base_url="http://localhost:8000",
        steps_dir=ROOT / "steps",
        bcrypt_cost=4,
        database_connections=8,
        drain_seconds=0,
        switch_canary_seconds=0,
        **{**NO_LIMITS, **given},  # type: ignore[arg-type]
    )


def create_database(cluster: EmbeddedPostgres, name: str, template: str = "template1") -> str:
    """A new database of the cluster; its URL."""
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        return _copied(cluster, connection, name, template)


def _copied(
    cluster: EmbeddedPostgres, operator: psycopg.Connection, name: str, template: str
) -> str:
    operator.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    return cluster.url.replace("@/firstmile?", f"@/{name}?")


async def _prepare(settings: Settings) -> None:
    await make_keys(settings)
    await apply_steps(settings, read_folder(settings.steps_dir))
    service = Service(settings)
    await service.open()  # what each web process would keep at its first start: the embeds
    await service.close()
