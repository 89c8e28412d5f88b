"""Refusals under `/ofrep/` in the words of OFREP, wherever they were raised."""

from urllib.parse import unquote

import msgspec

from firstmile.kernel.answers import Answer
from firstmile.kernel.asgi import App, Message, Receive, Scope, Send
from firstmile.kernel.problems import MEDIA_TYPE
from firstmile.release.ofrep import failure

OFREP = "/ofrep/"
ONE_FLAG = "/ofrep/v1/evaluate/flags/"
# What is wrong with the question, by the code of our problem document; all else is `GENERAL`.
CODES = {
    "invalid_json": "PARSE_ERROR",
    "body_too_deep": "PARSE_ERROR",
    "body_too_large": "PARSE_ERROR",
    "invalid_context": "INVALID_CONTEXT",
}


class OfrepRefusals:
    """Puts `{errorCode, errorDetails}`, and the key of the flag, in place of a problem document.

    Rules and middleware refuse as they do everywhere; only here is it told in other words.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(OFREP):
            await self.app(scope, receive, send)
            return
        problem: Answer | None = None

        async def watching(message: Message) -> None:
            nonlocal problem
            if message["type"] == "http.response.start" and _is_problem(message):
                problem = Answer()
            await (send(message) if problem is None else problem.hold(message))

        await self.app(scope, receive, watching)
        if problem is not None:
            await _told(problem, scope["path"]).leave(send)


def _is_problem(message: Message) -> bool:
    return message["status"] >= 400 and any(
        name == b"content-type" and value.startswith(MEDIA_TYPE.encode())
        for name, value in message.get("headers", ())
    )


def _told(problem: Answer, path: str) -> Answer:
    said = msgspec.json.decode(problem.body)
    flag = unquote(path.removeprefix(ONE_FLAG)) if path.startswith(ONE_FLAG) else None
    code = CODES.get(said["error"], "GENERAL")
    if problem.status == 404 and flag is not None:
        code = "FLAG_NOT_FOUND"
    body = failure(code, said["message"], flag)
    kept = [
        header
        for header in problem.messages[0]["headers"]
        if header[0].lower() not in (b"content-type", b"content-length")
    ]
    names = {name for name, _ in kept}
    if problem.status == 401 and b"www-authenticate" not in names:
        kept.append((b"www-authenticate", b"Bearer"))
    ours = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    answer = Answer()
    answer.messages = [
        {**problem.messages[0], "headers": [*kept, *ours]},
        {"type": "http.response.body", "body": body, "more_body": False},
    ]
    return answer
