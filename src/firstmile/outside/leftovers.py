"""Children of an earlier run that was killed before it could stop them."""

import json
import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from firstmile.outside.children import Child


class Leftovers:
    """A note in `file` of the groups we started, each with the time its leader was born."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def note(self, children: Iterable[Child]) -> None:
        """Remember the children as they run now."""
        groups = {}
        for child in children:
            with suppress(psutil.NoSuchProcess):
                if child.pid:
                    groups[str(child.pid)] = psutil.Process(child.pid).create_time()
        draft = self._file.with_suffix(".part")
        draft.write_text(json.dumps(groups))
        draft.replace(self._file)

    def end(self) -> None:
        """Kill what is left of the noted groups; a number that means somebody else is let be."""
        for group, born in self._noted().items():
            members = [process for process in psutil.process_iter() if _is_of(process, group, born)]
            for process in members:
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGKILL)
            psutil.wait_procs(members, timeout=5)
        self._file.unlink(missing_ok=True)

    def _noted(self) -> dict[int, float]:
        try:
            return {int(group): born for group, born in json.loads(self._file.read_text()).items()}
        except (FileNotFoundError, ValueError):
            return {}


def _is_of(process: psutil.Process, group: int, born: float) -> bool:
    """Say whether it is in the group and one of ours; a reused number makes a younger leader."""
    try:
        if os.getpgid(process.pid) != group or process.create_time() < born - 1:
            return False
        return process.pid != group or abs(process.create_time() - born) < 1
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False
