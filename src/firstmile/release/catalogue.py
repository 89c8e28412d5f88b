"""The flags in force, as snapshots in memory: what every question is answered from."""

import asyncio
import gc
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import structlog

from firstmile.kernel.database import Database
from firstmile.release import store
from firstmile.release.recent import Recent
from firstmile.release.usage import Usage
from firstmile.targeting.contexts import Context
from firstmile.targeting.fallbacks import held, settled, variables
from firstmile.targeting.outcomes import Outcome
from firstmile.targeting.snapshots import Contents, Snapshot

log = structlog.get_logger()

TOPIC = "flags"


class Flags:
    """A snapshot of each environment; replaced when a hint says so, never waited for.

    What is not known from the database is asked of the last known, kept in `folder`; then of the
    variables `FLAG_<KEY>`; then the application's own default holds. While the database has not
    been heard of for too long, each flag holds to its `on_unknown`.
    """

    def __init__(
        self,
        *,
        environment: str,
        folder: Path,
        is_stale: Callable[[], bool],
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.environment = environment
        self._folder = folder
        self._is_stale = is_stale
        self._snapshots: dict[str, Snapshot] = {}
        self._variables = variables(environ)
        self._loading = asyncio.Lock()
        self._after_change: list[Callable[[str], None]] = []
        self.usage = Usage()
        self.recent = Recent(lambda name: self.snapshot(name).contents)
        self.after_change(self.recent.forget_reads)

    def snapshot(self, environment: str | None = None) -> Snapshot:
        """The flags of an environment, our own when it is not said; empty for an unknown one."""
        name = environment or self.environment
        return self._snapshots.get(name) or Snapshot(Contents(environment=name))

    def after_change(self, act: Callable[[str], None]) -> None:
        """Call `act(environment)` each time a snapshot was replaced."""
        self._after_change.append(act)

    def evaluate(self, key: str, context: Context, environment: str | None = None) -> Outcome:
        """What a flag comes to. Never fails and never waits."""
        snapshot = self.snapshot(environment)
        outcome = snapshot.evaluate(key, context)
        self.usage.note(snapshot.contents.environment, outcome)
        self.recent.note(snapshot.contents.environment, context)
        return settled(snapshot, outcome, self._variables, is_stale=self._is_stale())

    def evaluate_all(
        self, context: Context, environment: str | None = None, *, public_only: bool = False
    ) -> list[Outcome]:
        """What every flag comes to, or every public one, in the order of their keys."""
        snapshot = self.snapshot(environment)
        outcomes = snapshot.evaluate_all(context, public_only=public_only)
        self.usage.note_all(snapshot.contents.environment, outcomes)
        self.recent.note(snapshot.contents.environment, context)
        if self._is_stale():
            return [held(snapshot.flags[outcome.key], outcome) for outcome in outcomes]
        return outcomes

    def is_on(self, key: str, context: Context, *, default: bool = False) -> bool:
        """Whether a boolean flag of our own environment is on; `default` when nobody can say."""
        value = self.evaluate(key, context).value
        return value if isinstance(value, bool) else default

    def restore(self) -> None:
        """Begin with the last known, before the database is asked; what is broken is passed by."""
        for path in self._folder.glob("*.json"):
            try:
                contents = msgspec.json.decode(path.read_bytes(), type=Contents)
            except (OSError, msgspec.MsgspecError):
                log.warning("last_known_flags_unreadable", file=path.name)
            else:
                self._snapshots.setdefault(contents.environment, compiled(contents))

    async def load(self, database: Database) -> None:
        """Read what changed since the last time, and put it in the place of what was."""
        # One after the other: of two at once the slower would put back what is older.
        async with self._loading:
            known = {name: snapshot.revision for name, snapshot in self._snapshots.items()}
            async with database.lease() as db:
                changed = await store.contents_after(db, known)
            for contents in changed:
                # Thousands of flags take a while to compile, which no request should wait for.
                before = self._snapshots.get(contents.environment)
                self._snapshots[contents.environment] = await asyncio.to_thread(
                    compiled, contents, before
                )
                for act in self._after_change:
                    act(contents.environment)
            if changed:
                await asyncio.to_thread(self._keep, changed)

    def _keep(self, changed: list[Contents]) -> None:
        """Write the last known to the folder; a full disk is no reason not to serve."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for contents in changed:
                path = self._folder / f"{contents.environment}.json"
                written = path.with_suffix(f".{os.getpid()}")
                written.write_bytes(msgspec.json.encode(contents))
                written.replace(path)
        except OSError:
            log.warning("last_known_flags_not_kept", exc_info=True)


def compiled(contents: Contents, before: Snapshot | None = None) -> Snapshot:
    """A snapshot, made while the collector rests.

    It would look through all that is being made again and again, and find nothing: 5,000 flags
    take five times as long with it.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        return Snapshot(contents, before)
    finally:
        if was_on:
            gc.enable()
