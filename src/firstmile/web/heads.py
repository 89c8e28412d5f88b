"""HEAD: all that GET would say, without the body (RFC 9110, section 9.3.2)."""

from firstmile.kernel.asgi import App, Message, Receive, Scope, Send


class Heads:
    """Asks the application with GET and keeps the body back."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_bare(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, send_bare)
