"""The gate in front of a WSGI application."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from firstmile_client.doorway import Doorway, Turned
from firstmile_client.gate import Gate
from firstmile_client.paths import EVERYTHING, UNGATED, Paths
from firstmile_client.settings import Settings
from firstmile_client.visits import Visit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class WSGIOnboardingGate:
    """WSGI middleware: people reach a protected path when the Firstmile at `base_url` allows it.

    `protect` and `exempt` are path patterns (see Paths); `routes` maps patterns to the route
    to ask about. The application finds the verified claims in `environ["firstmile.claims"]`;
    they are None where the path is not gated.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        base_url: str,
        protect: Iterable[str] = EVERYTHING,
        exempt: Iterable[str] = UNGATED,
        routes: Mapping[str, str] | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.app = app
        settings = settings or Settings()
        self._doorway = Doorway(
            base_url, Paths(protect, exempt, routes, ignore_case=settings.ignore_case), settings
        )

    @property
    def gate(self) -> Gate:
        """The gate it asks, with its counts."""
        return self._doorway.gate

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serve, or answer in the application's place."""
        outcome = self.gate.line.run(self._doorway.decide(_visit(environ)))
        if isinstance(outcome, Turned):
            start_response(
                f"{outcome.status} {HTTPStatus(outcome.status).phrase}", list(outcome.headers)
            )
            return [outcome.body]
        environ["firstmile.claims"] = outcome.claims
        return self.app(environ, start_response)


def _visit(environ: "WSGIEnvironment") -> Visit:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    return Visit(environ["REQUEST_METHOD"], _path(environ), headers)


def _path(environ: "WSGIEnvironment") -> str:
    # PEP 3333 hands bytes over as latin-1 text; applications read them as UTF-8.
    path: str = environ.get("PATH_INFO", "")
    return path.encode("latin-1").decode("utf-8", "replace")
