"""Builds every part of the service once; web, worker and commands share it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import structlog

from firstmile.cleaning import clean_up
from firstmile.guidance.assembly import Guiding
from firstmile.guidance.settings import GuidanceSettings
from firstmile.help.assembly import Helping
from firstmile.identity.account_mails import AccountMails
from firstmile.identity.address_changes import ASK_TO_CONFIRM, AddressChanges
from firstmile.identity.assembly import build
from firstmile.identity.backchannel import SignOutNotices
from firstmile.identity.cookies import Cookies
from firstmile.identity.factor_mails import FactorMails
from firstmile.identity.grant_endings import TELL_SIGNED_OUT
from firstmile.identity.grounds import Grounds
from firstmile.identity.login import TELL_LOCKED
from firstmile.identity.mails import Mails
from firstmile.identity.models import key_of
from firstmile.identity.passwords import HashPool
from firstmile.identity.project_mails import ProjectMails
from firstmile.identity.providers import providers_of
from firstmile.identity.recovery import FORGOT, Recovery
from firstmile.identity.registration import ANSWER, RESEND, Registrar
from firstmile.identity.settings import IdentitySettings
from firstmile.identity.signing import TOPIC as KEYS_TOPIC
from firstmile.identity.signing import SigningKeys
from firstmile.identity.social import ANSWER as ANSWER_INTRODUCTION
from firstmile.identity.social import Social
from firstmile.identity.social_mails import SocialMails
from firstmile.identity.social_settings import SocialSettings
from firstmile.identity.unlocking import Unlocking
from firstmile.kernel.clock import Clock, system_clock
from firstmile.kernel.database import Database
from firstmile.kernel.events import Subscribers
from firstmile.kernel.jobs import JobHandler, Jobs
from firstmile.kernel.parts import Parts
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work, Works
from firstmile.neighbourhood import Neighbourhood
from firstmile.observe.errors import ErrorList
from firstmile.observe.gathering import Gathering
from firstmile.observe.health import Health
from firstmile.observe.metrics import Metrics
from firstmile.observe.readiness import Readiness
from firstmile.onboarding.assembly import StepParts
from firstmile.onboarding.catalogue import TOPIC as DEFINITIONS_TOPIC
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.insights.refused import Refused
from firstmile.onboarding.settings import OnboardingSettings
from firstmile.outside.blobs import Blobs
from firstmile.outside.freshness import Freshness, Load
from firstmile.outside.hints import Hints, PostgresWire, RedisWire
from firstmile.outside.letters import Letters
from firstmile.outside.mail import MailDoor, door_of
from firstmile.outside.post import SEND_MAIL, Post
from firstmile.outside.redis_line import RedisLine
from firstmile.privacy.consenting import Consents
from firstmile.privacy.notice import notices_of
from firstmile.protect.files import FORGET_BLOBS, SWEEP_BLOBS, Files
from firstmile.protect.limit_record import LimitRecord
from firstmile.protect.limiter import Limiter
from firstmile.protect.limiting import Callers
from firstmile.protect.limits import policies
from firstmile.protect.personal_streams import PersonalStreams
from firstmile.protect.pictures import Pictures
from firstmile.protect.reports import Reports
from firstmile.protect.settings import ProtectSettings
from firstmile.protect.shared_windows import SharedWindows
from firstmile.protect.strangers import Strangers
from firstmile.protect.switches import Switches
from firstmile.protect.visitors import VisitorCookie
from firstmile.release.assembly import Releasing
from firstmile.release.experiment_actions import Laboratory
from firstmile.release.experiments import TOPIC as EXPERIMENTS_TOPIC
from firstmile.release.experiments import Experiments
from firstmile.release.funnel import Funnel
from firstmile.release.kill_switch import KillSwitch
from firstmile.release.ramping import go_on_with_all
from firstmile.release.replica import Replica, Role
from firstmile.release.schedules import keep_all
from firstmile.release.sdk_keys import TOPIC as SDK_KEYS_TOPIC
from firstmile.release.sdks import ForSdks, for_sdks
from firstmile.release.settings import ReleaseSettings
from firstmile.rights import PERMISSIONS
from firstmile.settings import Settings
from firstmile.web.embedded import StateMetrics
from firstmile.web.embeds.archive import Archive
from firstmile.wiring import Letterbox, wire

log = structlog.get_logger()

SETTINGS = (
    IdentitySettings,
    SocialSettings,
    ProtectSettings,
    OnboardingSettings,
    GuidanceSettings,
    ReleaseSettings,
)
LETTERS = [Path(__file__).parent / "identity" / "templates" / "mails"]
LIMIT_SECONDS = 0.05  # what a request may wait for Redis, once; a fifth of a millisecond is usual


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
        self.gathering = Gathering(self.works)
        self.redis = self._redis()
        self.hints = Hints(self.redis or PostgresWire(self.url, self.database), self.database)
        self.keys = SigningKeys(
            self.vault,
            issuer=settings.base_url,
            token_life=timedelta(seconds=settings.access_token_seconds),
        )
        self.catalogue = Catalogue()
        self.hashing = HashPool(threads=settings.hash_threads, queue=settings.hash_queue)
        self.door = door or door_of(settings, folder=settings.mail_folder)
        self.post = Post(self.vault, self._letters(), self.door)
        self.files = Files(Blobs(settings.uploads_url, folder=settings.uploads_folder), Pictures())
        self.readiness = Readiness()
        self.metrics = self._metrics()
        self.releasing = self._releasing()
        self.sdks = self._for_sdks()
        self.helping = Helping(self.gathering, self.catalogue.titles)
        self.switches = Switches(KillSwitch.off_at)
        self.kill_switch = KillSwitch(self.hints)
        self.guiding = self._guiding()
        self.experiments = Experiments(self.works, self.releasing.flags, self.switches, self.vault)
        self.laboratory = Laboratory(self.hints, Funnel(self.catalogue.titles))
        self.replica = self._replica()
        self.limiter = self._limiter()
        self.errors = ErrorList(clock, self.metrics)
        self.providers = providers_of(settings)
        self.parts = self._parts()
        self._freshness = Freshness(self.hints, self.database)

    async def open(self, role: Role = "web") -> None:
        """Connect, load the snapshots, and begin to listen for hints."""
        self.releasing.flags.restore()
        await self.database.open()
        await self.hints.check()  # from here on: what changes while we load is heard of
        await self._freshness.load(self._snapshots())
        await self.replica.start(role)
        await self.hints.start()
        self.gathering.add("errors", self.errors.write)
        self.gathering.add("step_refusals", self.parts.get(Refused).write)
        self.gathering.add("unasked", self.experiments.write_unasked)
        self.gathering.add("flag_usage", self.releasing.flags.usage.write)
        self.gathering.add("sdk_keys", self.sdks.keys.note_use)
        await self.gathering.start()
        if role == "web":
            await self.parts.get(Archive).keep()
            self.gathering.add("embeds", self.parts.get(Archive).write)
            await self.limiter.start()
        await self._freshness.start()

    async def close(self) -> None:
        """Write what was gathered, stop listening and close what is open."""
        self.sdks.streams.close()
        self.parts.get(PersonalStreams).close()
        await self.gathering.stop()
        await self._freshness.stop()
        await self.replica.stop()
        await self.limiter.stop()
        await self.hints.stop()
        if self.redis is not None:
            await self.redis.close()
        self.hashing.close()
        await self.database.close()

    def jobs(self) -> Jobs:
        """Everything the worker runs."""
        jobs = Jobs(self.works)
        registrar, recovery = self.parts.get(Registrar), self.parts.get(Recovery)
        jobs.job(SEND_MAIL, self.post.send)
        jobs.job(TELL_SIGNED_OUT, self.parts.get(SignOutNotices).tell)
        jobs.job(ANSWER, _in_work(registrar.answer))
        jobs.job(ANSWER_INTRODUCTION, _in_work(self.parts.get(Social).answer))
        jobs.job(RESEND, _in_work(registrar.resend))
        jobs.job(FORGOT, _in_work(recovery.send_link))
        jobs.job(ASK_TO_CONFIRM, _in_work(self.parts.get(AddressChanges).ask_to_confirm))
        jobs.job(FORGET_BLOBS, self.files.forget_blobs)
        jobs.job(SWEEP_BLOBS, self.files.sweep)
        self.parts.get(StepParts).add_to(jobs)
        jobs.job(TELL_LOCKED, _in_work(self.parts.get(Unlocking).tell_locked))
        jobs.every("0 2 * * *", "clean_up", self.clean_up)
        jobs.every("* * * * *", "rollouts", self.go_on_with_rollouts)
        return jobs

    async def go_on_with_rollouts(self, _: Work) -> dict[str, int]:
        """Advance, hold or return every rollout, and switch what is due. Runs each minute."""
        switched = await keep_all(self.works, self.hints)
        return {"switched": switched, "moved": await go_on_with_all(self.works, self.hints)}

    async def clean_up(self, work: Work) -> dict[str, int]:
        """Delete what has expired; how much of each."""
        return await clean_up(work, self.parts)

    def _parts(self) -> Parts:
        settings = self.settings
        letterbox, of_steps = self._letterbox(), StepParts(settings, self.catalogue)
        parts = Parts(
            settings,
            self.database,
            self.works,
            self.keys,
            of_steps,
            *of_steps.parts,
            *self.sdks.parts(),
            self.gathering,
            *self.releasing.parts,
            *self.guiding.parts,
            *self.helping.parts,
            *(self.experiments, self.laboratory, self.laboratory.funnel),
            *(VisitorCookie(settings.over_tls), Archive(self.works, self.metrics)),
            self._wired(letterbox, of_steps),
            *(self._tabs(), StateMetrics(self.metrics), Refused(self.metrics)),
            self.readiness,
            self.metrics,
            self.limiter,
            self.errors,
            Reports(self.errors, origin=settings.base_url),
            self.door,
            Health(self.database, self.redis),
            letterbox.mails,
            self.hints,
            self.switches,
            self.kill_switch,
            self.providers,
            self.files,
            *self._identity(letterbox),
        )
        for kind in SETTINGS:
            parts.add_as(kind, settings)
        parts.add(self._callers(parts.get(Cookies)), self.vault)
        return parts

    def _wired(self, letterbox: Letterbox, of_steps: StepParts) -> Consents:
        notices = notices_of(self.settings.consent_notice)
        consents = Consents(self.vault, notices, over_tls=self.settings.over_tls)
        wire(
            self.subscribers,
            letterbox,
            of_steps,
            self.experiments,
            self.laboratory,
            hints=self.hints,
            consents=consents,
        )
        return consents

    def _callers(self, cookies: Cookies) -> Callers:
        return Callers(
            self.limiter.policies,
            self.vault,
            key_of=key_of,
            sign_in_cookie=cookies.pending_name,
            trusted_proxies=self.settings.trusted_proxies,
        )

    def _redis(self) -> RedisWire | None:
        url = self.settings.redis_url
        return RedisWire(url.get_secret_value()) if url else None

    def _letterbox(self) -> Letterbox:
        settings, base_url = self.settings, self.settings.base_url
        mails = Mails(self.post, settings, base_url=base_url)
        return Letterbox(
            mails,
            FactorMails(mails, base_url=base_url),
            SocialMails(mails, self.providers, base_url=base_url),
            ProjectMails(self.post, mails, settings, base_url=base_url),
            AccountMails(mails, settings, base_url=base_url),
        )

    def _identity(self, letterbox: Letterbox) -> list[object]:
        grounds = Grounds(
            settings=self.settings,
            social_settings=self.settings,
            product=self.settings.product_name,
            base_url=self.settings.base_url,
            over_tls=self.settings.over_tls,
            database=self.database,
            works=self.works,
            vault=self.vault,
            keys=self.keys,
            hints=self.hints,
            hashing=self.hashing,
            mails=letterbox.mails,
            project_mails=letterbox.of_projects,
            providers=self.providers,
            account_mails=letterbox.of_accounts,
            files=self.files,
            permissions=PERMISSIONS,
            switches=self.switches,
            strangers=Strangers(self.limiter.policies, self.settings.trusted_proxies),
        )
        return build(grounds)

    def _limiter(self) -> Limiter:
        settings, url = self.settings, self.settings.redis_url
        record = LimitRecord(self.works.clock)
        self.gathering.add("limits", record.write)
        line = RedisLine(url.get_secret_value(), seconds=LIMIT_SECONDS) if url else None
        return Limiter(
            policies(
                settings.limit_sentences,
                watched=settings.limits_watched,
                processes=settings.limit_processes,
            ),
            SharedWindows(line) if line else None,
            self.metrics,
            record,
        )

    def _metrics(self) -> Metrics:
        token = self.settings.metrics_token
        return Metrics(
            token=token.get_secret_value() if token else None, is_open=self.settings.is_development
        )

    def _replica(self) -> Replica:
        return Replica(
            self.url,
            self.works,
            self.hints,
            self.switches,
            self.kill_switch,
            self.metrics,
            canary=timedelta(seconds=self.settings.switch_canary_seconds),
        )

    def _releasing(self) -> Releasing:
        folder = self.settings.firstmile_home / "flags"
        return Releasing(self.settings, self.hints, self.gathering, self.metrics, folder=folder)

    def _guiding(self) -> Guiding:
        flags, keys, clock = self.releasing.flags, self.sdks.keys, self.works.clock
        neighbours = Neighbourhood(self.catalogue, flags, keys, clock)
        pages = (Path(__file__).parent / "web" / "templates").glob("*.html")
        return Guiding(self.settings, neighbours, self.switches, self.gathering, pages=pages)

    def _for_sdks(self) -> ForSdks:
        return for_sdks(
            self.releasing.flags,
            self.database,
            self.vault,
            self.works.clock,
            self.metrics,
            self.readiness,
            most_streams=self.settings.flag_streams,
        )

    def _letters(self) -> Letters:
        return Letters(LETTERS, product=self.settings.product_name, base_url=self.settings.base_url)

    def _tabs(self) -> PersonalStreams:
        tabs = PersonalStreams(self.hints, self.metrics, most=self.settings.embed_streams)
        self.switches.after_change(tabs.stir_all)
        self.catalogue.after_change(tabs.stir_all)
        self.guiding.guide.after_change(tabs.stir_all)
        self.releasing.flags.after_change(lambda _: tabs.stir_all())
        self.readiness.when_off(tabs.close)
        return tabs

    def _snapshots(self) -> dict[str, Load]:
        """What is kept in memory, by the topic that says it is another now."""
        return {
            KEYS_TOPIC: self.keys.load,
            DEFINITIONS_TOPIC: self.catalogue.load,
            **self.releasing.snapshots,
            **self.guiding.snapshots,
            **self.helping.snapshots,
            EXPERIMENTS_TOPIC: self.experiments.load,
            SDK_KEYS_TOPIC: self.sdks.keys.load,
        }


def _in_work(action: Callable[[Work, str], Awaitable[None]]) -> JobHandler:
    async def run(works: Works, payload: str) -> None:
        async with works.begin() as work:
            await action(work, payload)

    return run
