"""What one round of one contender showed, and the CPU it took."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Measure:
    """One round. CPU is in seconds of the whole process tree, user and system."""

    done: int
    seconds: float
    server_cpu: float = 0.0
    postgres_cpu: float = 0.0
    client_cpu: float = 0.0
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    p99_ms: float = 0.0

    @property
    def rate(self) -> float:
        """Requests, transactions or hashes a second."""
        return self.done / self.seconds

    def each(self, cpu: float) -> float:
        """A CPU time in microseconds for each of what was done."""
        return cpu / self.done * 1e6


def cpu_of(pid: int | None) -> float:
    """CPU seconds of a process, its living descendants, and those it has buried."""
    if pid is None:
        return 0.0
    root = psutil.Process(pid)
    return sum(_seconds([root, *root.children(recursive=True)]))


def _seconds(processes: Iterable[psutil.Process]) -> Iterable[float]:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            yield sum(process.cpu_times()[:4])
