"""The wheel holds all that evaluates flags, and needs nothing of the server."""

import subprocess
import sys
from pathlib import Path

CLIENT = Path(__file__).parents[1]
ASKS = """
import sys
from firstmile_client.targeting.snapshots import Contents, Snapshot
from firstmile_client.targeting.flags import Flag
from firstmile_client.flags import FlagProvider
snapshot = Snapshot(Contents(flags=(Flag("new-checkout", enabled=True),)))
print(snapshot.evaluate("new-checkout", {}).value, "firstmile" in sys.modules)
"""


def test_the_wheel_evaluates_flags_in_a_clean_folder(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet"]
    source = tmp_path / "source"
    # A copy, so that what a build leaves behind stays out of the repository.
    subprocess.run(["cp", "-rL", str(CLIENT), str(source)], check=True, timeout=60)
    subprocess.run(
        [*build, "--wheel-dir", str(tmp_path), str(source)], check=True, timeout=180, cwd=tmp_path
    )
    (wheel,) = tmp_path.glob("*.whl")
    clean = tmp_path / "clean"
    unpacked = [sys.executable, "-m", "zipfile", "-e", str(wheel), str(clean)]
    subprocess.run(unpacked, check=True, timeout=60)

    asked = subprocess.run(
        [sys.executable, "-c", ASKS],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=clean,
        env={"PYTHONPATH": str(clean)},
    )

    assert asked.stdout == "True False\n", asked.stderr
