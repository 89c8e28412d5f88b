"""When this happens, do that: the only file that knows two domains."""

from dataclasses import dataclass

from firstmile.guidance import events as guidance
from firstmile.guidance import store_attention
from firstmile.guidance.joining import follow as follow_guidance
from firstmile.guidance.joining import forget_visitor
from firstmile.help import events as helping
from firstmile.identity import activity, grant_endings
from firstmile.identity import events as identity
from firstmile.identity import events_openid as openid
from firstmile.identity import events_projects as projects
from firstmile.identity import events_staff as staff
from firstmile.identity.account_mails import AccountMails
from firstmile.identity.factor_mails import FactorMails
from firstmile.identity.mails import Mails
from firstmile.identity.project_mails import ProjectMails
from firstmile.identity.social_mails import SocialMails
from firstmile.kernel.events import PersonalEvent, Reaction, Subscribers, later
from firstmile.kernel.ids import UserId
from firstmile.kernel.work import Work
from firstmile.onboarding import events as onboarding
from firstmile.onboarding.actions import erase, keep
from firstmile.onboarding.assembly import StepParts
from firstmile.outside.hints import Hints
from firstmile.privacy import events as privacy
from firstmile.privacy.consenting import Consents
from firstmile.protect.consent import Purpose
from firstmile.protect.personal_streams import stir, stirring
from firstmile.protect.visitors import visiting_as
from firstmile.release import events as release
from firstmile.release import funnel
from firstmile.release.experiment_actions import Laboratory
from firstmile.release.experiments import Experiments
from firstmile.release.ramping import note_beginning, note_completion


@dataclass(frozen=True)
class Letterbox:
    """Everybody who writes to people."""

    mails: Mails
    of_factors: FactorMails
    of_social: SocialMails
    of_projects: ProjectMails
    of_accounts: AccountMails


def wire(
    subscribers: Subscribers,
    letterbox: Letterbox,
    of_steps: StepParts,
    experiments: Experiments,
    laboratory: Laboratory,
    *,
    hints: Hints,
    consents: Consents,
) -> None:
    """Connect what the packages announce with what others do about it."""
    _guide(subscribers, of_steps)
    _stir(subscribers, hints)
    _measure(subscribers, experiments, laboratory, consents)
    _forget(subscribers)
    _tell_people(subscribers, letterbox)
    _end_grants(subscribers)
    _keep(subscribers)


def _guide(subscribers: Subscribers, of_steps: StepParts) -> None:
    """An account begins a journey, and what a person does elsewhere settles its steps."""
    when, facts = subscribers.when, of_steps.facts

    async def note_roles(work: Work, event: projects.RolesChanged) -> None:
        await facts.note(work, UserId(event.user_id), fact="project_joined", roles=event.roles)

    async def note_market(work: Work, event: identity.MarketChosen) -> None:
        await facts.note(work, UserId(event.user_id), fact="market_chosen", market=event.market)

    async def note_import(work: Work, event: identity.UserImported) -> None:
        await facts.begin(work, event)
        if event.is_verified:
            await facts.note(work, UserId(event.user_id), fact="email_verified")

    async def note_billing(work: Work, event: projects.BillingContactSet) -> None:
        await facts.note(work, UserId(event.user_id), fact="billing_contact_set")
        await facts.note_of_project(
            work, UserId(event.user_id), event.project_id, "billing_contact_set"
        )

    when(identity.UserRegistered, facts.begin)
    when(identity.UserImported, note_import)
    when(identity.EmailVerified, facts.establish("email_verified"))
    when(identity.ProfileCompleted, facts.establish("profile_completed"))
    when(identity.MarketChosen, note_market)
    when(projects.RolesChanged, note_roles)
    when(onboarding.JourneyStarted, note_beginning)
    when(onboarding.Activated, note_completion)
    when(projects.BillingContactSet, note_billing)
    when(PersonalEvent, of_steps.counting.note)


def _stir(subscribers: Subscribers, hints: Hints) -> None:
    """What a person sees on a page is another now: their open tabs ask for it again."""
    for event in (
        onboarding.StepSettled,
        onboarding.StepSnoozed,
        onboarding.StepReopened,
        onboarding.VerificationAsked,
        onboarding.VerificationFailed,
        onboarding.AttributesNoted,
        onboarding.Activated,
        identity.MarketChosen,
        projects.RolesChanged,
    ):
        subscribers.when(event, stirring(hints))

    async def stir_members(work: Work, event: onboarding.SharedStepsChanged) -> None:
        for user_id in event.members:
            await stir(work, hints, UserId(user_id))

    subscribers.when(onboarding.SharedStepsChanged, stir_members)


def _measure(
    subscribers: Subscribers,
    experiments: Experiments,
    laboratory: Laboratory,
    consents: Consents,
) -> None:
    """The moments of the first mile are what experiments are judged by."""
    when = subscribers.when

    def moment(name: str) -> Reaction[PersonalEvent]:
        async def note(work: Work, event: PersonalEvent) -> None:
            await experiments.note_moment(work, UserId(event.user_id), name)

        return note

    async def note_step(work: Work, event: onboarding.StepSettled) -> None:
        if event.after == "done":
            await experiments.note_moment(work, UserId(event.user_id), f"{funnel.STEP}{event.step}")

    async def follow(work: Work, event: identity.SignedIn) -> None:
        """Whoever signs in with a browser is whoever it was before."""
        await experiments.follow(work, UserId(event.user_id), visiting_as.get())
        await experiments.note_day(work, UserId(event.user_id))

    when(identity.UserRegistered, moment(funnel.REGISTERED))
    when(identity.UserImported, moment(funnel.REGISTERED))
    when(identity.EmailVerified, moment(funnel.VERIFIED))
    when(identity.AccountDeletionAsked, moment(funnel.LEAVING))
    when(identity.SignedIn, follow)
    when(identity.SignedIn, consents.join)
    when(identity.SignedIn, follow_guidance)
    when(onboarding.StepSettled, note_step)
    when(onboarding.Activated, moment(funnel.ACTIVATED))
    when(release.FlagsChanged, laboratory.note_weights)


def _forget(subscribers: Subscribers) -> None:
    """What is kept with somebody's consent goes with it."""

    async def of_guidance(work: Work, event: privacy.ConsentWithdrawn) -> None:
        if Purpose.GUIDANCE in event.purposes:
            await forget_visitor(work)

    subscribers.when(privacy.ConsentWithdrawn, of_guidance)


def _tell_people(subscribers: Subscribers, letterbox: Letterbox) -> None:
    """People are told what happens to their accounts and projects; a project may have many."""
    when = subscribers.when
    mails, of_factors, of_social = letterbox.mails, letterbox.of_factors, letterbox.of_social
    of_projects = letterbox.of_projects
    when(identity.EmailVerified, mails.welcome)
    when(identity.PasswordChanged, mails.password_changed)
    when(identity.SignedIn, mails.new_device)
    when(identity.RefreshReused, mails.refresh_reused)
    when(staff.AccountLocked, mails.account_locked)
    when(staff.AccountUnlocked, mails.account_unlocked)
    when(staff.ImpersonationBegan, mails.impersonated)
    when(identity.AccountDeletionAsked, letterbox.of_accounts.deletion)
    when(projects.OwnershipTransferred, of_projects.transferred)
    when(projects.ProjectDeletionAsked, later(of_projects.deletion))
    when(projects.ProjectRestored, later(of_projects.restored))
    when(identity.TotpAdded, of_factors.changed)
    when(identity.TotpRemoved, of_factors.changed)
    when(identity.PasskeyAdded, of_factors.changed)
    when(identity.PasskeyRemoved, of_factors.changed)
    when(identity.RecoveryCodesMade, of_factors.changed)
    when(identity.PasskeyCloneSuspected, of_factors.copied)
    when(identity.RecoveryCodeUsed, of_factors.code_used)
    when(identity.SecondFactorLocked, of_factors.locked)
    when(identity.ProviderConnected, of_social.connected)
    when(identity.ProviderDisconnected, of_social.disconnected)


def _end_grants(subscribers: Subscribers) -> None:
    """Where a session ends, so does what applications were given from it."""
    when = subscribers.when
    when(identity.SteppedUp, grant_endings.after_step_up)
    when(identity.SignedOut, grant_endings.after_sign_out)
    when(identity.SignedOutEverywhere, grant_endings.after_sign_out_everywhere)
    when(identity.RefreshReused, grant_endings.after_theft)
    when(identity.PasswordChanged, grant_endings.after_password_change)


def _keep(subscribers: Subscribers) -> None:
    """What happens is kept for a year, and nothing stays of somebody who is gone."""
    when = subscribers.when

    async def forget_journey(work: Work, event: identity.AccountDeleted) -> None:
        await erase(work, UserId(event.user_id))
        await store_attention.erase(work.db, UserId(event.user_id))

    when(PersonalEvent, activity.record)
    when(identity.AccountDeleted, forget_journey)
    for event in (
        onboarding.JourneyStarted,
        onboarding.StepSettled,
        onboarding.StepSnoozed,
        onboarding.StepReopened,
        onboarding.VerificationAsked,
        onboarding.VerificationFailed,
        onboarding.AttributesNoted,
        onboarding.Activated,
    ):
        when(event, keep)


# Kept with the account, and announced for those who come later: audit, analytics and alerts.
UNHEARD = (
    identity.EmailChangeAsked,
    identity.EmailChangeCancelled,
    identity.EmailChanged,
    identity.EmailChangeReverted,
    identity.AvatarChanged,
    identity.AccountKept,
    identity.OtherSessionsEnded,
    identity.DeviceTrusted,
    identity.PasskeyRenamed,
    identity.DevicesForgotten,
    projects.ProjectCreated,
    projects.ProjectRenamed,
    projects.ProjectRemoved,
    projects.MemberJoined,
    projects.MemberRoleChanged,
    projects.MemberRemoved,
    projects.InvitationSent,
    projects.InvitationRevoked,
    projects.ApiKeyCreated,
    projects.ApiKeyRevoked,
    identity.StaffGranted,
    identity.SignInPaused,
    identity.SignInReopened,
    staff.ResetLinkSent,
    staff.VerificationLinkSent,
    staff.SessionsEnded,
    staff.ImpersonationEnded,
    openid.ApplicationRegistered,
    openid.ApplicationChanged,
    openid.ApplicationSecretRenewed,
    openid.ApplicationClosed,
    openid.ApplicationOpened,
    openid.ApplicationAllowed,
    openid.ApplicationSignedIn,
    openid.ApplicationRemoved,
    openid.ApplicationTokenReused,
    onboarding.StepsMoved,
    onboarding.StepsApplied,
    guidance.GuidancePublished,
    guidance.QuietBegan,
    guidance.QuietEnded,
    release.SwitchedOff,
    release.SwitchedOn,
    release.RolloutMoved,
    release.RolloutEnded,
    release.ExperimentDesigned,
    release.ExperimentStarted,
    release.ExperimentStopped,
    release.ExperimentDecided,
    release.ChangeProposed,
    release.ChangeDeclined,
    release.SdkKeyMade,
    release.SdkKeyRevoked,
    helping.ArticlePublished,
    helping.ArticleArchived,
    helping.ArticleDeleted,
)
