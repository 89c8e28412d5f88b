"""The peer of every request: a Litestar route that does nothing, on the server of Firstmile."""

from litestar import Litestar, get

from firstmile.serve import serve
from firstmile.settings import load_settings


@get("/")
async def nothing() -> dict[str, bool]:
    return {"ok": True}


def app() -> Litestar:
    return Litestar([nothing], openapi_config=None, logging_config=None)


if __name__ == "__main__":
    serve(load_settings(), "bench.empty:app")
