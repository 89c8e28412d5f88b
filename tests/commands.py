"""The firstmile command: inside this process, or as the program that it is."""

import os
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor

from click.testing import CliRunner

from firstmile.cli import main
from tests.conftest import ROOT

Ran = subprocess.CompletedProcess[str]


def run(environment: dict[str, str], *words: str) -> Ran:
    """What the command says and how it ends, in this environment only.

    It runs in this process, for to start Python and import everything takes a hundred times as
    long as most verbs; and in a thread, so that it has an event loop of its own as a program has.
    """
    only = dict.fromkeys(os.environ) | environment
    with ThreadPoolExecutor(1) as alone:
        ran = alone.submit(CliRunner().invoke, main, list(words), env=only).result()
    stderr = ran.stderr
    if ran.exc_info and not isinstance(ran.exc_info[1], SystemExit):
        stderr += "".join(traceback.format_exception(*ran.exc_info))
    return Ran(words, ran.exit_code, ran.stdout, stderr)


def run_program(environment: dict[str, str], *words: str) -> Ran:
    """The same of a process of its own, as an operator starts it."""
    return subprocess.run(
        [sys.executable, "-m", "firstmile", *words],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def said(result: Ran) -> str:
    """What it said; it has to have succeeded."""
    assert result.returncode == 0, result.stderr
    return result.stdout
