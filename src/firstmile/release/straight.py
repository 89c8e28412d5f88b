"""Questions about flags, answered past the framework, which would take longer than all the rest."""

from firstmile.kernel.asgi import App, Receive, Scope, Send
from firstmile.kernel.visit import visiting
from firstmile.release.routes_ofrep import FLAGS, answer_all, answer_one


class StraightToFlags:
    """Asks the very functions that the routes ask; the routes are what is described.

    Stands behind all other middleware. What is refused here is told by `Failures`.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        before, slash, flag = str(scope["path"]).partition(f"{FLAGS}/")
        if scope["path"] == FLAGS:
            scope["path_template"] = FLAGS
            await (await answer_all(visiting(scope))).leave(send)
        elif slash and not before and flag and "/" not in flag:
            scope["path_template"] = f"{FLAGS}/{{key}}"
            await (await answer_one(visiting(scope), flag)).leave(send)
        else:
            await self.app(scope, receive, send)
