"""What a browser sees."""

from litestar import Router
from litestar.datastructures import CacheControlHeader
from litestar.static_files import create_static_files_router

from firstmile.kernel.access import UNLIMITED
from firstmile.settings import Settings
from firstmile.web import (
    address,
    api_keys,
    applications,
    authenticator_app,
    confirm,
    connections,
    consent,
    console,
    console_actions,
    console_clients,
    console_errors,
    console_experiments,
    console_explain,
    console_flag_changes,
    console_flag_debt,
    console_flag_edit,
    console_flag_proposals,
    console_flags,
    console_guidance,
    console_guidance_acts,
    console_guidance_edit,
    console_help,
    console_help_acts,
    console_help_edit,
    console_help_searches,
    console_kill_switch,
    console_limits,
    console_onboarding,
    console_people,
    console_rollout_plan,
    console_rollouts,
    console_sdk_keys,
    console_segments,
    console_steps,
    deletion,
    devmail,
    embedded,
    farewell,
    files,
    guidance_preview,
    help_pages,
    impersonating,
    invited,
    journey,
    members,
    passkeys,
    password_change,
    privacy_choices,
    profile,
    projects,
    recovery_codes,
    second_factor,
    security,
    session_list,
    social,
    unlocking,
    visitor,
)
from firstmile.web.assets import PREFIX, STATIC
from firstmile.web.embeds import serving

# Whose forms bring a file, by method and path.
UPLOADS = frozenset({"POST /profile/picture"})
# The names of built files hold a hash of their content.
FOREVER = CacheControlHeader(public=True, max_age=31_536_000, immutable=True)
OF_PROJECTS = (projects.router, members.router, api_keys.router, invited.router)
OF_APPLICATIONS = (consent.router, farewell.router, applications.router)
OF_ACCOUNTS = (
    profile.router,
    security.router,
    authenticator_app.router,
    passkeys.router,
    recovery_codes.router,
    session_list.router,
    confirm.router,
    connections.router,
    password_change.router,
    address.router,
    deletion.router,
    files.router,
)
OF_STAFF = (
    console.router,
    console_people.router,
    console_actions.router,
    console_clients.router,
    console_rollout_plan.router,
    console_rollouts.router,
    console_kill_switch.router,
    console_errors.router,
    console_experiments.router,
    console_limits.router,
    console_onboarding.router,
    console_flags.router,
    console_flag_changes.router,
    console_flag_edit.router,
    console_segments.router,
    console_sdk_keys.router,
    console_steps.router,
    console_explain.router,
    console_flag_proposals.router,
    console_flag_debt.router,
    console_guidance_edit.router,
    console_help.router,
    console_help_acts.router,
    console_help_edit.router,
    console_help_searches.router,
    console_guidance_acts.router,
    console_guidance.router,
    guidance_preview.router,
)
OF_VISITORS = (
    visitor.router,
    second_factor.router,
    social.router,
    unlocking.router,
    impersonating.router,
    journey.router,
    privacy_choices.router,
    help_pages.router,
    serving.router,
)
OF_EMBEDS = (embedded.router,)
PAGES = (*OF_VISITORS, *OF_ACCOUNTS, *OF_PROJECTS, *OF_APPLICATIONS, *OF_STAFF, *OF_EMBEDS)


def routers(settings: Settings) -> list[Router]:
    """The pages; the mailbox only where mail is kept."""
    static = create_static_files_router(
        path=PREFIX,
        directories=[STATIC],
        include_in_schema=False,
        cache_control=FOREVER,
        opt=UNLIMITED,
    )
    keeps_mail = settings.is_development and settings.smtp_host is None
    return [*PAGES, static, *([devmail.router] if keeps_mail else [])]
