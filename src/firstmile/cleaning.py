"""What is deleted once its time is over, of every package."""

from datetime import timedelta

from firstmile.guidance.forgetting import forget_old as forget_guidance
from firstmile.help import counting as help_counting
from firstmile.help import store_figures as help_store
from firstmile.identity import store as identity_store
from firstmile.identity.activity import forget_old
from firstmile.identity.deletion import Deletions
from firstmile.identity.projects import clean_up as clean_up_projects
from firstmile.identity.sessions import Sessions
from firstmile.identity.store_account import forget_changes
from firstmile.identity.store_grants import clean_up as forget_grants
from firstmile.kernel.parts import Parts
from firstmile.kernel.work import Work
from firstmile.observe import store_errors
from firstmile.onboarding.actions import EVENTS_KEPT, forget_old_events
from firstmile.onboarding.changing.editions import UNDO_KEPT
from firstmile.onboarding.changing.store_moves import forget_moves_before
from firstmile.onboarding.explaining.store_history import forget_before as forget_history
from firstmile.onboarding.explaining.store_project_history import (
    forget_before as forget_project_history,
)
from firstmile.onboarding.insights.store import forget_refusals_before
from firstmile.onboarding.settings import OnboardingSettings
from firstmile.onboarding.verification.store_counting import forget_before as forget_counted
from firstmile.onboarding.verification.store_heard import forget_before as forget_heard
from firstmile.onboarding.verification.together.store import forget_before as forget_of_projects
from firstmile.outside import store as mail_store
from firstmile.outside.store_hints import forget_hints_before
from firstmile.privacy.consenting import forget_old as forget_consents
from firstmile.protect import store as protect_store
from firstmile.protect import store_limits
from firstmile.protect.files import SWEEP_BLOBS
from firstmile.release.measures import KEPT as MEASURES_KEPT
from firstmile.release.store_proposals import forget_proposals_before
from firstmile.release.store_replicas import forget_replicas_before
from firstmile.release.store_rollouts import forget_people_of_ended, forget_taken_before
from firstmile.release.store_sdk_keys import forget_revoked_before
from firstmile.release.store_units import forget_old as forget_exposures
from firstmile.release.store_usage import forget_usage_before
from firstmile.web.embeds.archive import forget_unasked as forget_embeds

MAILS_KEPT = timedelta(days=90)
JOB_LOG_KEPT = timedelta(days=14)
HINTS_KEPT = timedelta(hours=1)
ROLLOUT_PEOPLE_KEPT = timedelta(days=30)
REPLICAS_KEPT = timedelta(days=1)
ERRORS_KEPT = timedelta(days=90)
FLAG_USAGE_KEPT = timedelta(days=90)
STEP_REFUSALS_KEPT = timedelta(days=365)
PROPOSALS_KEPT = timedelta(days=365)
REVOKED_KEYS_KEPT = timedelta(days=365)


async def clean_up(work: Work, parts: Parts) -> dict[str, int]:
    """Delete what has expired; how much of each. Runs daily, and as `firstmile clean-up`."""
    removed = await identity_store.clean_up(work.db, work.now)
    removed |= await clean_up_projects(work, parts.get(Sessions))
    removed["accounts"] = await parts.get(Deletions).carry_out(work)
    removed["address_changes"] = await forget_changes(work.db, work.now)
    work.enqueue(SWEEP_BLOBS, None)
    removed["application_grants"] = await forget_grants(work.db, work.now)
    removed["idempotency_keys"] = await protect_store.forget_before(
        work.db, work.now - protect_store.KEPT
    )
    removed["rollout_people"] = await forget_people_of_ended(
        work.db, work.now - ROLLOUT_PEOPLE_KEPT
    )
    removed["measures"] = await forget_taken_before(work.db, work.now - MEASURES_KEPT)
    removed["exposures"] = await forget_exposures(work.db, work.now)
    removed["guidance"] = await forget_guidance(work)
    removed["consents"] = await forget_consents(work)
    removed |= await _clean_up_steps(work, parts.get(OnboardingSettings))
    removed["account_events"] = await forget_old(work)
    removed["job_log"] = await mail_store.forget_job_log_before(work.db, work.now - JOB_LOG_KEPT)
    removed["hints"] = await forget_hints_before(work.db, work.now - HINTS_KEPT)
    removed["replicas"] = await forget_replicas_before(work.db, work.now - REPLICAS_KEPT)
    removed["flag_usage"] = await forget_usage_before(work.db, (work.now - FLAG_USAGE_KEPT).date())
    removed["flag_proposals"] = await forget_proposals_before(work.db, work.now - PROPOSALS_KEPT)
    removed["sdk_keys"] = await forget_revoked_before(work.db, work.now - REVOKED_KEYS_KEPT)
    seen_until = work.now - store_limits.KEPT
    removed["limit_refusals"] = await store_limits.forget_before(work.db, seen_until)
    removed["help"] = await help_store.forget_before(
        work.db, work.now - help_counting.KEPT, work.now - help_counting.VOTES_KEPT
    )
    removed["embeds"] = await forget_embeds(work)
    removed["errors"] = await store_errors.forget_before(work.db, work.now - ERRORS_KEPT)
    removed["mails"] = await mail_store.forget_before(work.db, work.now - MAILS_KEPT)
    return removed


async def _clean_up_steps(work: Work, settings: OnboardingSettings) -> dict[str, int]:
    db, now = work.db, work.now
    return {
        "onboarding_events": await forget_old_events(work),
        "step_moves": await forget_moves_before(db, now - UNDO_KEPT),
        "counted_events": await forget_counted(db, now - EVENTS_KEPT),
        "project_events": await forget_of_projects(db, now - EVENTS_KEPT),
        "heard_messages": await forget_heard(db, now - EVENTS_KEPT),
        "journey_history": await forget_history(db, now - settings.history_kept),
        "project_history": await forget_project_history(db, now - settings.history_kept),
        "step_refusals": await forget_refusals_before(db, (now - STEP_REFUSALS_KEPT).date()),
    }
