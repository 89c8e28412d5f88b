"""The life and death of processes, as the kernel sees them."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

import psutil

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def dies_with_us(death_signal: signal.Signals) -> Callable[[], None]:
    """Return a `preexec_fn` by which the child gets `death_signal` when we end, even by kill -9.

    The kernel counts the thread that starts the child as its parent (prctl(2)): start it from one
    that lives as long. Elsewhere than on Linux it does nothing.
    """
    parent = os.getpid()

    def ask() -> None:
        if sys.platform != "linux":
            return
        _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:  # we ended before the kernel knew
            os.kill(os.getpid(), death_signal)

    return ask


def is_alive(process: psutil.Process) -> bool:
    """Say whether a process still runs; a zombie that nobody has buried yet does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
