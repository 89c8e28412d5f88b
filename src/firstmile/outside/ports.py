"""Whether a port is free, and who has it otherwise."""

import errno
import socket
from contextlib import suppress

import psutil


class PortTaken(Exception):
    """The port cannot be used; the message says why and what to do."""


def require_free(port: int) -> None:
    """Raise PortTaken unless we can listen on `port` of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise PortTaken(f"Port {port} is reserved for root. {_another(8000)}") from None
            raise PortTaken(
                f"Port {port} is taken{_by_whom(port)}. Stop that, or {_another(port + 1)}"
            ) from None


def _another(port: int) -> str:
    return f"choose another: make run PORT={port}"


def _by_whom(port: int) -> str:
    with suppress(psutil.Error):  # an ordinary user may not look at everybody's ports
        for found in psutil.net_connections(kind="tcp"):
            is_listening = found.status == psutil.CONN_LISTEN and found.laddr[1:2] == (port,)
            if is_listening and found.pid:
                return f" by {psutil.Process(found.pid).name()} (process {found.pid})"
    return ""
