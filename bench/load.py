"""Drives a server with wrk, which needs a tenth of the CPU of what it measures."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil

from bench.measures import Measure, cpu_of
from bench.stage import CLIENTS, Server

SCRIPT = Path(__file__).with_name("load.lua")
CONNECTIONS = CLIENTS


async def load(server: Server, postgres: int | None, seconds: float, *said: str) -> Measure:
    """One round: `said` is method, path, file of tokens, an entity tag for 304, and a body."""
    command = [
        *("wrk", "--threads", "1", "--connections", str(CONNECTIONS)),
        *("--duration", f"{max(1, round(seconds))}s", "--timeout", "10s", "--latency"),
        *("--script", str(SCRIPT), server.url, "--", *said),
    ]
    before = cpu_of(server.pid), cpu_of(postgres), _of_children()
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    after = cpu_of(server.pid), cpu_of(postgres), _of_children()
    told = output.decode().strip().splitlines()[-1:]
    if process.returncode or not told or not told[0].startswith("{"):
        raise RuntimeError(f"wrk failed: {output.decode()[-2000:]}")
    counted = json.loads(told[0])
    if failed := counted.pop("failed"):
        raise RuntimeError(f"{failed} of {counted['done']} requests to {said[1]} failed")
    server_cpu, postgres_cpu, client_cpu = (b - a for a, b in zip(before, after, strict=True))
    return Measure(
        **counted, server_cpu=server_cpu, postgres_cpu=postgres_cpu, client_cpu=client_cpu
    )


def find_wrk() -> None:
    """See to wrk: it is there, root on Debian gets it, anybody else is told how."""
    if shutil.which("wrk"):
        return
    command = ["apt-get", "-qq", "install", "--yes", "--no-install-recommends", "wrk"]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing wrk to make the load.", file=sys.stderr)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return
    sys.exit("The load is made by wrk, which is missing here.\nOn Debian: sudo apt-get install wrk")


def _of_children() -> float:
    """CPU seconds of the children we have buried, of which wrk is the latest."""
    times = psutil.Process().cpu_times()
    return float(times.children_user + times.children_system)
