"""`python -m bench.flags`: what evaluating a flag costs in process, beside its Python peers."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, cast

from growthbook import GrowthBook
from yggdrasil_engine.engine import UnleashEngine

from bench.report import machine
from firstmile.targeting.conditions import Condition
from firstmile.targeting.flags import Flag, Rule, Segment, Serve
from firstmile.targeting.snapshots import Contents, Snapshot

ROOT = Path(__file__).parent.parent
KEPT = Path(__file__).parent / "FLAGS.md"
FULL, QUICK = 15, 3  # rounds
LOOPS = 20  # over all contexts, in a round
MANY = 50

COUNTRIES = ("CA", "US")
CONTEXTS: list[dict[str, Any]] = [
    {
        "targetingKey": f"0192f0c1-7a5e-7000-8000-{number:012x}",
        "country": ("CA", "FR", "US", "DE")[number % 4],
        "plan": ("pro", "free")[number % 2],
    }
    for number in range(200)
]
SCENES = {
    "a flag that is on for everybody": ["plain"],
    "a rule on two attributes": ["rule"],
    "a rollout to 25 %": ["rollout"],
    f"{MANY} flags, each with a rule and a rollout": [f"both-{n}" for n in range(MANY)],
}

Round = Callable[[int], dict[str, float]]


def main() -> None:
    """Measure in turn, print, and keep what was measured in full."""
    options = argparse.ArgumentParser(prog="python -m bench.flags", description=__doc__)
    options.add_argument("--quick", action="store_true", help="three rounds; keeps no results")
    quick = options.parse_args().quick
    others = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, flagd(Path(folder)) as peer:
        evaluators: dict[str, Round] = {
            "Firstmile": _round(ours()),
            "GrowthBook 4.0": _round(growthbook()),
            "Unleash (yggdrasil 2.0)": _round(unleash()),
            "flagd-core 2.0": peer,
        }
        measured = _measured(evaluators, QUICK if quick else FULL)
    table = report(measured, others)
    print(table)
    if not quick:
        KEPT.write_text(table)


def ours() -> Callable[[str, dict[str, Any]], object]:
    """A snapshot as the service has it."""
    when = Condition(
        all_of=(
            Condition(attribute="country", values=COUNTRIES),
            Condition(attribute="plan", values=("pro",)),
        )
    )
    rule = Rule(when=when, serve=Serve(variant="on"))
    off, quarter = Serve(variant="off"), Serve(variant="on", rollout_percentage=25)
    flags = [
        Flag("plain", enabled=True),
        Flag("rule", enabled=True, rules=(rule,), serve=off),
        Flag("rollout", enabled=True, serve=quarter),
        *(Flag(f"both-{n}", enabled=True, rules=(rule,), serve=quarter) for n in range(MANY)),
    ]
    return Snapshot(Contents(flags=tuple(flags))).evaluate


def growthbook() -> Callable[[str, dict[str, Any]], object]:
    """One evaluator, given the attributes of each context beforehand, as its sessions do."""
    when = {"country": {"$in": list(COUNTRIES)}, "plan": "pro"}
    rule = {"condition": when, "force": True}
    quarter = {"force": True, "coverage": 0.25, "hashAttribute": "targetingKey"}
    features = {
        "plain": {"defaultValue": True},
        "rule": {"defaultValue": False, "rules": [rule]},
        "rollout": {"defaultValue": False, "rules": [{**quarter, "seed": "rollout"}]},
    }
    for n in range(MANY):
        rules = [rule, {**quarter, "seed": f"both-{n}"}]
        features[f"both-{n}"] = {"defaultValue": False, "rules": rules}
    evaluators = {
        context["targetingKey"]: GrowthBook(attributes=context, features=features)
        for context in CONTEXTS
    }
    return lambda key, context: evaluators[context["targetingKey"]].eval_feature(key)


def unleash() -> Callable[[str, dict[str, Any]], object]:
    """The engine of its SDKs, asked without counting for its metrics."""
    constraints = [
        {"contextName": "country", "operator": "IN", "values": list(COUNTRIES)},
        {"contextName": "plan", "operator": "IN", "values": ["pro"]},
    ]
    rule = {"name": "default", "parameters": {}, "constraints": constraints}

    def quarter(group: str) -> dict[str, Any]:
        parameters = {"rollout": "25", "stickiness": "userId", "groupId": group}
        return {"name": "flexibleRollout", "parameters": parameters, "constraints": []}

    strategies: dict[str, list[dict[str, Any]]] = {
        "plain": [{"name": "default", "parameters": {}}],
        "rule": [rule],
        "rollout": [quarter("rollout")],
        **{f"both-{n}": [rule, quarter(f"both-{n}")] for n in range(MANY)},
    }
    engine = UnleashEngine()
    features = [
        {"name": name, "enabled": True, "strategies": each} for name, each in strategies.items()
    ]
    engine.take_state(json.dumps({"version": 2, "features": features}))
    told = {
        context["targetingKey"]: {
            "userId": context["targetingKey"],
            "properties": {"country": context["country"], "plan": context["plan"]},
        }
        for context in CONTEXTS
    }
    return lambda key, context: engine.check_enabled(key, told[context["targetingKey"]])


@contextmanager
def flagd(folder: Path) -> Iterator[Round]:
    """flagd's evaluator in an environment of its own: what it pins does not go with ours."""
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    wanted = ROOT / "requirements" / "peers.txt"
    pip = [
        str(python),
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--quiet",
        "install",
        "--no-deps",
    ]
    subprocess.run([*pip, "--require-hashes", "-r", wanted], check=True, timeout=120)
    with subprocess.Popen(
        [python, ROOT / "bench" / "flagd_peer.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"]},
    ) as process:
        assert process.stdin
        assert process.stdout
        sent, heard = process.stdin, process.stdout
        given = {"flags": _flagd_flags(), "contexts": CONTEXTS, "scenes": SCENES}
        sent.write(json.dumps(given) + "\n")

        def ask(loops: int) -> dict[str, float]:
            sent.write(f"{loops}\n")
            sent.flush()
            return cast(dict[str, float], json.loads(heard.readline()))

        yield ask
        sent.close()


def _flagd_flags() -> dict[str, Any]:
    def flag(default: str, targeting: Mapping[str, Any] | None = None) -> dict[str, Any]:
        base = {"state": "ENABLED", "variants": {"on": True, "off": False}}
        told = {} if targeting is None else {"targeting": targeting}
        return {**base, "defaultVariant": default, **told}

    when = {
        "and": [{"in": [{"var": "country"}, list(COUNTRIES)]}, {"==": [{"var": "plan"}, "pro"]}]
    }
    quarter = {"fractional": [["on", 25], ["off", 75]]}
    return {
        "flags": {
            "plain": flag("on"),
            "rule": flag("off", {"if": [when, "on", "off"]}),
            "rollout": flag("off", quarter),
            **{f"both-{n}": flag("off", {"if": [when, "on", quarter]}) for n in range(MANY)},
        }
    }


def _round(evaluate: Callable[[str, dict[str, Any]], object]) -> Round:
    """Times an evaluator over every context: microseconds for all flags of a scene."""

    def run(loops: int) -> dict[str, float]:
        found = {}
        for scene, keys in SCENES.items():
            began = time.perf_counter()
            for _ in range(loops):
                for context in CONTEXTS:
                    for key in keys:
                        evaluate(key, context)
            found[scene] = (time.perf_counter() - began) / (loops * len(CONTEXTS)) * 1e6
        return found

    return run


def _measured(evaluators: Mapping[str, Round], rounds: int) -> dict[str, list[dict[str, float]]]:
    """All in every round, so that a slow moment of the machine meets them all."""
    for run in evaluators.values():
        run(1)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in evaluators}
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        for name, run in evaluators.items():
            found[name].append(run(LOOPS if name == "Firstmile" else 2))
    return found


def report(measured: Mapping[str, list[dict[str, float]]], others: float) -> str:
    """Microseconds as median and range, and how many times ours the peers take in one round."""
    parts = [
        "# What a flag costs in process",
        machine(others),
        (
            "Microseconds, the median of the rounds and their lowest and highest; *times* is the"
            " peer's figure over ours in the same round, the median. Peers in other languages are"
            " not here: this is what a Python application pays."
        ),
    ]
    for scene in SCENES:
        lines = [f"## {scene.capitalize()}", "", "| evaluator | µs | times |", "|---|--:|--:|"]
        for name, rounds in measured.items():
            times = [one[scene] for one in rounds]
            ratios = [
                one[scene] / base[scene]
                for one, base in zip(rounds, measured["Firstmile"], strict=True)
            ]
            spread = f"{median(times):.2f} ({min(times):.2f} to {max(times):.2f})"
            lines.append(f"| {name} | {spread} | {median(ratios):.1f} |")
        parts.append("\n".join(lines))
    parts.append(_compiling())
    return "\n\n".join(parts) + "\n"


def _compiling() -> str:
    """How long a cold start takes: 5,000 flags of three rules each, among 300 segments."""
    when = Condition(all_of=(Condition(segment="s-7"), Condition(attribute="plan", values=("x",))))
    rules = (Rule(when=when, serve=Serve(variant="on", rollout_percentage=50)),) * 3
    contents = Contents(
        flags=tuple(Flag(f"flag-{n}", enabled=True, rules=rules) for n in range(5000)),
        segments=tuple(Segment(f"s-{n}", included=("a", "b")) for n in range(300)),
    )
    began = time.perf_counter()
    Snapshot(contents)
    took = (time.perf_counter() - began) * 1000
    return f"5,000 flags of three rules, with 300 segments, are compiled cold in {took:.0f} ms."


if __name__ == "__main__":
    main()
