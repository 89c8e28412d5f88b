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

        has_begun = False

        async def send_bare(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        async def receive_until_begun() -> Message:
            # What goes on without end, such as a stream, has said all that there is to say.
            return {"type": "http.disconnect"} if has_begun else await receive()

        await self.app({**scope, "method": "GET"}, receive_until_begun, send_bare)
