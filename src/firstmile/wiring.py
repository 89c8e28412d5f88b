"""When this happens, do that: the only file that knows two domains."""

from firstmile.identity import events as identity
from firstmile.identity.mails import Mails
from firstmile.kernel.events import Subscribers
from firstmile.kernel.ids import UserId
from firstmile.kernel.work import Work
from firstmile.onboarding import events as onboarding
from firstmile.onboarding.actions import Facts, keep


def wire(subscribers: Subscribers, mails: Mails, facts: Facts) -> None:
    """Connect what the packages announce with what others do about it."""
    when = subscribers.when

    async def note_roles(work: Work, event: identity.RolesChanged) -> None:
        await facts.note(work, UserId(event.user_id), fact="project_joined", roles=event.roles)

    async def note_market(work: Work, event: identity.MarketChosen) -> None:
        await facts.note(work, UserId(event.user_id), fact="market_chosen", market=event.market)

    # An account begins a journey, and what a person does elsewhere settles its steps.
    when(identity.UserRegistered, facts.begin)
    when(identity.EmailVerified, facts.establish("email_verified"), mails.welcome)
    when(identity.ProfileCompleted, facts.establish("profile_completed"))
    when(identity.MarketChosen, note_market)
    when(identity.RolesChanged, note_roles)
    when(identity.BillingContactSet, facts.establish("billing_contact_set"))

    # People are told what happens to their accounts.
    when(identity.PasswordChanged, mails.password_changed)

    # What happens on a journey is kept for a year.
    for event in (
        onboarding.JourneyStarted,
        onboarding.StepSettled,
        onboarding.StepSnoozed,
        onboarding.Activated,
    ):
        when(event, keep)


# Announced for those who come later: audit, analytics and alerts will listen.
UNHEARD = (
    identity.SignedIn,
    identity.SignedOut,
    identity.RefreshReused,
    identity.ProjectCreated,
)
