"""HTTP of consent: the notice, and an answer to it."""

from typing import Annotated

from litestar import Response, Router, get, put
from litestar.params import JSONBody, QueryParameter

from firstmile.kernel.asgi import header_of
from firstmile.kernel.languages import accepted, best_of
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.visit import Visit, Visiting
from firstmile.outside.hints import Hints
from firstmile.privacy.consenting import Consents
from firstmile.privacy.cookies import keeping
from firstmile.privacy.models import How
from firstmile.privacy.schemas import ChoiceIn, ChoiceOut, NoticeOut
from firstmile.protect.limits import limit_only
from firstmile.protect.personal_streams import stir

Language = Annotated[
    str | None, QueryParameter(name="lang", max_length=20, description="A language, else theirs.")
]


@get("/consent", responses=problems(400, 401, 422, 503), opt=limit_only("embeds"))
async def get_consent(visit: Visiting, lang: Language = None) -> NoticeOut:
    """The notice with its categories, and what was chosen; for visitors too."""
    consents = visit.part(Consents)
    standing = await consents.standing(visit)
    return NoticeOut.of(consents.notice(await language_for(visit, lang)), standing)


@put("/consent", responses=problems(*BODY, 401, 409, 503))
async def put_consent(
    visit: Visiting, data: JSONBody[ChoiceIn], lang: Language = None
) -> Response[ChoiceOut]:
    """Answer the notice, or answer it anew. It is kept with proof, and in the cookie `fm-consent`.

    While the browser sends `Sec-GPC: 1` every answer counts as a no.
    """
    actor, work = await visit.visitor(), await visit.work()
    consents = visit.part(Consents)
    answer = await consents.take(
        work,
        visit.scope,
        None if actor is None else actor.user_id,
        version=data.version,
        choices=frozenset(data.choices),
        language=await language_for(visit, lang),
        how=How.API,
    )
    if actor is not None:
        await stir(work, visit.part(Hints), actor.user_id)
    return Response(ChoiceOut.of(answer), cookies=[keeping(answer, over_tls=consents.over_tls)])


async def language_for(visit: Visit, asked: str | None) -> str:
    """The language asked for, of the person, or of the browser."""
    if asked:
        return asked
    actor = await visit.visitor()
    if actor is not None:
        return actor.locale
    return best_of(accepted(header_of(visit.scope, b"accept-language")))


router = Router(path="/api/v1", route_handlers=[get_consent, put_consent], tags=["Consent"])
