"""The peers of every request: Litestar routes that do nothing, on the server of Firstmile."""

from typing import Any

from litestar import Litestar, get, post
from litestar.params import JSONBody

from firstmile.serve import serve
from firstmile.settings import load_settings


@get("/")
async def nothing() -> dict[str, bool]:
    return {"ok": True}


@post("/", status_code=200)
async def nothing_of_it(data: JSONBody[dict[str, Any]]) -> dict[str, bool]:
    return {"ok": bool(data)}


def app() -> Litestar:
    return Litestar([nothing, nothing_of_it], openapi_config=None, logging_config=None)


if __name__ == "__main__":
    serve(load_settings(), "bench.empty:app")
