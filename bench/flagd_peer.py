"""Times flagd's evaluator, in an environment of its own: takes and gives JSON, a line a round."""

import json
import sys
import time
from typing import Any

# Only in the environment that `flags.py` makes for it, and never in our own.
from openfeature.contrib.tools.flagd.core import FlagdCore  # type: ignore[import-not-found]
from openfeature.evaluation_context import EvaluationContext


def main() -> None:
    """The first line holds flags and contexts; each further one asks for a round of this many."""
    given = json.loads(sys.stdin.readline())
    core = FlagdCore()
    core.set_flags(given["flags"])
    contexts = [EvaluationContext(one.pop("targetingKey"), one) for one in given["contexts"]]
    for line in sys.stdin:
        times = {
            scene: _microseconds(core, keys, contexts, int(line))
            for scene, keys in given["scenes"].items()
        }
        print(json.dumps(times), flush=True)


def _microseconds(core: Any, keys: list[str], contexts: list[Any], rounds: int) -> float:
    began = time.perf_counter()
    for _ in range(rounds):
        for context in contexts:
            for key in keys:
                core.resolve_boolean_value(key, False, context)
    return (time.perf_counter() - began) / (rounds * len(contexts)) * 1e6


if __name__ == "__main__":
    main()
