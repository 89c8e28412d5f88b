"""The page of privacy choices, and what the banner sends: both without any script."""

from litestar import Response, Router, get, post
from litestar.response import Redirect

from firstmile.kernel.refusals import Conflict
from firstmile.kernel.visit import Visiting
from firstmile.outside.hints import Hints
from firstmile.privacy.consenting import Consents
from firstmile.privacy.cookies import keeping
from firstmile.privacy.models import How
from firstmile.protect.personal_streams import stir
from firstmile.web.forms import AnyRequest, fields_of, inside, see
from firstmile.web.rendering import Pages, language_of, person_of, query_of

Page = Response[str] | Redirect

PATH = "/privacy/choices"
CONTENT = "#main"  # where a browser goes on reading, without script too


@get(PATH)
async def choices_page(visit: Visiting) -> Page:
    """What may be kept, and what was chosen."""
    consents, person = visit.part(Consents), await person_of(visit)
    standing = await consents.standing(visit)
    return await visit.part(Pages).page(
        visit,
        "privacy_choices.html",
        choosing=consents.notice(language_of(visit.scope, person)),
        chosen=standing.choices,
        gpc=standing.gpc,
        next=inside(query_of(visit.scope).get("next"), ""),
    )


@post(PATH)
async def choose(visit: Visiting, request: AnyRequest) -> Page:
    """Keep an answer, and go back to where it was asked for."""
    form, consents, actor = await fields_of(request), visit.part(Consents), await visit.visitor()
    chosen = {
        "all": frozenset(consents.notices.purposes),
        "none": frozenset[str](),
    }.get(
        form.get("answer", ""), frozenset(one for one in consents.notices.purposes if one in form)
    )
    work, language = await visit.work(), form.get("language", "")
    try:
        answer = await consents.take(
            work,
            visit.scope,
            None if actor is None else actor.user_id,
            version=form.get("version", ""),
            choices=chosen,
            language=language,
            how=How.BANNER if form.get("how") == How.BANNER else How.PAGE,
        )
    except Conflict:  # it was raised while the page was open
        return see(f"{PATH}?notice=notice-changed{CONTENT}")
    if actor is not None:
        await stir(work, visit.part(Hints), actor.user_id)
    back = inside(form.get("next"), PATH)
    told = f"{PATH}?notice=choice-kept" if back == PATH else back
    return see(f"{told}{CONTENT}", keeping(answer, over_tls=consents.over_tls))


router = Router(path="/", route_handlers=[choices_page, choose], include_in_schema=False)
