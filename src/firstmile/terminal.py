"""What a person at the terminal reads."""

import os
import threading
from collections.abc import Iterable
from typing import TextIO

_BOLD, _DIM, _GREEN, _RED, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m", "\x1b[0m"


class Terminal:
    """Writes whole lines, in colour only where somebody looks (https://no-color.org)."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._turn = threading.Lock()
        self._is_coloured = stream.isatty() and not os.environ.get("NO_COLOR")

    def say(self, text: str) -> None:
        """Write a line; a terminal that is gone is no reason to end."""
        with self._turn:
            try:
                self._stream.write(f"{text}\n")
                self._stream.flush()
            except OSError:
                return

    def complain(self, text: str) -> None:
        """Write what went wrong."""
        first, *rest = text.split("\n")
        self.say("\n".join([self._in(_RED, first), *rest]))

    def quote(self, name: str, line: str) -> None:
        """Write a line of a child, with its name before it."""
        self.say(f"{self._in(_DIM, f'{name:>7} |')} {line}")

    def banner(self, title: str, rows: Iterable[tuple[str, str]]) -> None:
        """Write a title and below it rows of a label and a text; an equal label is said once."""
        lines = ["", f"  {self._in(_BOLD + _GREEN, title)}", ""]
        said = ""
        for label, text in rows:
            shown = "" if label == said else label
            said = label or said
            lines.append(f"  {self._in(_DIM, f'{shown:<9}')}{text}")
        self.say("\n".join([*lines, ""]))

    def _in(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_PLAIN}" if self._is_coloured else text
