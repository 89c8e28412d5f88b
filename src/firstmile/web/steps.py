"""What the forms of the demo steps do: real things, whose facts complete the steps."""

from collections.abc import Awaitable, Callable

from firstmile.identity import store, store_projects
from firstmile.identity.profiles import change_profile, checked_profile
from firstmile.identity.projects import create_project, set_billing_contact
from firstmile.identity.sessions import Sessions
from firstmile.identity.settings import IdentitySettings
from firstmile.kernel.access import Actor
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import NotFound
from firstmile.kernel.visit import Visit

Form = dict[str, str]
Submit = Callable[[Visit, Actor, Form], Awaitable[None]]


async def _complete_profile(visit: Visit, actor: Actor, form: Form) -> None:
    changes = checked_profile(
        {
            "first_name": form.get("firstName", ""),
            "last_name": form.get("lastName", ""),
            "job_title": form.get("jobTitle", ""),
            "time_zone": form.get("timeZone", ""),
        }
    )
    await change_profile(await visit.work(), visit.part(Sessions), actor, changes)


async def _choose_market(visit: Visit, actor: Actor, form: Form) -> None:
    changes = checked_profile({"market": form.get("market", ""), "locale": form.get("locale", "")})
    await change_profile(await visit.work(), visit.part(Sessions), actor, changes)


async def _create_project(visit: Visit, actor: Actor, form: Form) -> None:
    await create_project(await visit.work(), visit.part(Sessions), actor, form.get("name", ""))


async def _set_payments(visit: Visit, actor: Actor, form: Form) -> None:
    work = await visit.work()
    projects = await store_projects.projects_of(work.db, actor.user_id)
    own = next((project for project in projects if project.is_run), None)
    if own is None:
        raise NotFound(N_("There is no such project."))
    await set_billing_contact(
        work,
        actor,
        own.id,
        form.get("billingName", ""),
        form.get("billingEmail", ""),
        with_test_domains=visit.part(IdentitySettings).with_test_domains,
    )


# The demo steps do real things; a step of your own links to your application instead.
SUBMITS: dict[str, Submit] = {
    "complete-profile": _complete_profile,
    "choose-market": _choose_market,
    "create-project": _create_project,
    "payments": _set_payments,
}
STEPS = frozenset({"verify-email", *SUBMITS})


async def known_of(visit: Visit, actor: Actor, key: str) -> Form:
    """What a step's form can be filled with already."""
    async with visit.reading() as db:
        user = await store.user_by_id(db, actor.user_id)
    known = {
        "firstName": user.first_name,
        "lastName": user.last_name,
        "jobTitle": user.job_title,
        "timeZone": user.time_zone,
        "market": user.market,
        "locale": user.locale,
    }
    if key == "payments":
        known = {"billingName": f"{user.first_name} {user.last_name}", "billingEmail": user.email}
    return {name: value for name, value in known.items() if value}
