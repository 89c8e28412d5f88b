"""Questions about flags, past the framework."""

from collections.abc import Awaitable
from typing import Any

from firstmile.kernel.asgi import Scope
from firstmile.kernel.visit import Ready, visiting
from firstmile.release.routes_ofrep import FLAGS, answer_all, answer_one


def to_flags(scope: Scope) -> Awaitable[Ready[Any]] | None:
    """The answer for one flag or for all; None when that is not what is asked."""
    path = str(scope["path"])
    if scope["method"] != "POST" or not path.startswith(FLAGS):
        return None
    if path == FLAGS:
        scope["path_template"] = FLAGS
        return answer_all(visiting(scope))
    slash, flag = path[len(FLAGS)], path[len(FLAGS) + 1 :]
    if slash != "/" or not flag or "/" in flag:
        return None
    scope["path_template"] = f"{FLAGS}/{{key}}"
    return answer_one(visiting(scope), flag)
