"""Builds every part of the service once; web, worker and commands share it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import structlog

from firstmile.identity import store as identity_store
from firstmile.identity.authenticate import Authenticator
from firstmile.identity.cookies import Cookies
from firstmile.identity.login import TELL_LOCKED, Gatekeeper
from firstmile.identity.mails import Mails
from firstmile.identity.passwords import HashPool, Passwords
from firstmile.identity.recovery import FORGOT, Recovery
from firstmile.identity.registration import ANSWER, RESEND, Registrar
from firstmile.identity.sessions import Sessions
from firstmile.identity.settings import IdentitySettings
from firstmile.identity.signing import TOPIC as KEYS_TOPIC
from firstmile.identity.signing import SigningKeys
from firstmile.identity.tokens import OneTimeTokens
from firstmile.kernel.clock import Clock, system_clock
from firstmile.kernel.database import Database
from firstmile.kernel.events import Subscribers
from firstmile.kernel.jobs import JobHandler, Jobs
from firstmile.kernel.parts import Parts
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work, Works
from firstmile.observe.health import Health
from firstmile.observe.readiness import Readiness
from firstmile.onboarding.actions import Facts, forget_old_events
from firstmile.onboarding.catalogue import TOPIC as DEFINITIONS_TOPIC
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.settings import OnboardingSettings
from firstmile.onboarding.telling import Telling
from firstmile.outside import store as mail_store
from firstmile.outside.hints import Hints, PostgresWire, RedisWire
from firstmile.outside.letters import Letters
from firstmile.outside.mail import FolderDoor, MailDoor, SmtpDoor
from firstmile.outside.post import SEND_MAIL, Post
from firstmile.protect import store as protect_store
from firstmile.protect.csrf import CsrfTokens
from firstmile.settings import Settings
from firstmile.wiring import wire

log = structlog.get_logger()

LETTERS = [Path(__file__).parent / "identity" / "templates" / "mails"]
REFRESH_SECONDS = 30.0
MAILS_KEPT = timedelta(days=90)
JOB_LOG_KEPT = timedelta(days=14)


class Service:
    """The parts, and their beginning and end."""

    def __init__(
        self, settings: Settings, *, clock: Clock = system_clock, door: MailDoor | None = None
    ) -> None:
        if settings.database_url is None:
            raise ValueError("a service needs DATABASE_URL")
        self.settings = settings
        self.url = settings.database_url.get_secret_value()
        self.vault = Vault(settings.secrets)
        self.database = Database(self.url, size=settings.database_connections)
        self.subscribers = Subscribers()
        self.works = Works(self.database, self.subscribers, clock)
        self.redis = (
            RedisWire(settings.redis_url.get_secret_value()) if settings.redis_url else None
        )
        self.hints = Hints(self.redis or PostgresWire(self.url, self.database))
        self.keys = SigningKeys(
            self.vault,
            issuer=settings.base_url,
            token_life=timedelta(seconds=settings.access_token_seconds),
        )
        self.catalogue = Catalogue()
        self.hashing = HashPool(threads=settings.hash_threads, queue=settings.hash_queue)
        self.door = door or self._door()
        self.post = Post(self.vault, self._letters(), self.door)
        self.readiness = Readiness()
        self.parts = self._parts()
        self._stale = asyncio.Event()
        self._refresher: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect, load the snapshots, and begin to listen for hints."""
        await self.database.open()
        await self._load()
        for topic in (KEYS_TOPIC, DEFINITIONS_TOPIC):
            self.hints.on(topic, lambda _: self._stale.set())
        await self.hints.start()
        self._refresher = asyncio.create_task(self._keep_fresh())

    async def close(self) -> None:
        """Stop listening and close what is open."""
        if self._refresher is not None:
            self._refresher.cancel()
            await asyncio.wait([self._refresher])
        await self.hints.stop()
        if self.redis is not None:
            await self.redis.close()
        self.hashing.close()
        await self.database.close()

    def jobs(self) -> Jobs:
        """Everything the worker runs."""
        jobs = Jobs(self.works)
        registrar, recovery = self.parts.get(Registrar), self.parts.get(Recovery)
        gatekeeper = self.parts.get(Gatekeeper)
        jobs.job(SEND_MAIL, self.post.send)
        jobs.job(ANSWER, _in_work(registrar.answer))
        jobs.job(RESEND, _in_work(registrar.resend))
        jobs.job(FORGOT, _in_work(recovery.send_link))
        jobs.job(TELL_LOCKED, _in_work(gatekeeper.tell_locked))
        jobs.every("0 2 * * *", "clean_up", self.clean_up)
        return jobs

    async def clean_up(self, work: Work) -> dict[str, int]:
        """Delete what has expired; how much of each. Runs daily, and as `firstmile clean-up`."""
        removed = await identity_store.clean_up(work.db, work.now)
        removed["idempotency_keys"] = await protect_store.forget_before(
            work.db, work.now - protect_store.KEPT
        )
        removed["onboarding_events"] = await forget_old_events(work)
        removed["job_log"] = await mail_store.forget_job_log_before(
            work.db, work.now - JOB_LOG_KEPT
        )
        removed["mails"] = await mail_store.forget_before(work.db, work.now - MAILS_KEPT)
        return removed

    def _parts(self) -> Parts:
        settings, vault = self.settings, self.vault
        mails = Mails(self.post, settings, base_url=settings.base_url)
        passwords = Passwords(vault, self.hashing, cost=settings.bcrypt_cost)
        sessions = Sessions(vault, self.keys, self.hints, settings)
        gatekeeper = Gatekeeper(vault, passwords, sessions, mails, settings)
        tokens = OneTimeTokens(vault)
        facts = Facts(self.catalogue)
        wire(self.subscribers, mails, facts)
        cookies = Cookies(settings.over_tls, CsrfTokens(vault))
        parts = Parts(
            settings,
            self.database,
            self.works,
            self.keys,
            self.catalogue,
            Telling(),
            self.readiness,
            self.door,
            Health(self.database, self.redis),
            passwords,
            sessions,
            gatekeeper,
            cookies,
            Registrar(vault, passwords, tokens, mails, settings),
            Recovery(tokens, passwords, sessions, gatekeeper, mails, settings),
            Authenticator(
                database=self.database,
                vault=vault,
                keys=self.keys,
                hints=self.hints,
                settings=settings,
                clock=self.works.clock,
                cookie_name=cookies.session_name,
            ),
        )
        parts.add_as(IdentitySettings, settings)
        parts.add_as(OnboardingSettings, settings)
        return parts

    def _letters(self) -> Letters:
        return Letters(LETTERS, product=self.settings.product_name, base_url=self.settings.base_url)

    def _door(self) -> MailDoor:
        settings = self.settings
        if settings.smtp_host is None:
            return FolderDoor(settings.mail_folder, settings.smtp_from)
        password = settings.smtp_password
        return SmtpDoor(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.smtp_from,
            user=settings.smtp_user,
            password=password.get_secret_value() if password else None,
            tls=settings.smtp_tls,
            ca_file=settings.smtp_ca_file,
        )

    async def _load(self) -> None:
        await self.keys.load(self.database)
        await self.catalogue.load(self.database)

    async def _keep_fresh(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stale.wait(), REFRESH_SECONDS)
            self._stale.clear()
            try:
                await self._load()
            except Exception:  # the last known snapshot serves on
                log.warning("snapshots_not_refreshed", exc_info=True)


def _in_work(action: Callable[[Work, str], Awaitable[None]]) -> JobHandler:
    async def run(works: Works, payload: str) -> None:
        async with works.begin() as work:
            await action(work, payload)

    return run
