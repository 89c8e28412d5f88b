"""The preview of a content: a signed address that shows a draft as it would look, for a day."""

import base64
import hmac
from datetime import datetime, timedelta

import msgspec
from litestar import Response, Router, get
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.guidance import store
from firstmile.guidance.models import Draft
from firstmile.kernel.languages import LANGUAGES, N_
from firstmile.kernel.refusals import NotFound
from firstmile.kernel.secrets import Vault
from firstmile.kernel.visit import Visiting
from firstmile.kernel.work import Works
from firstmile.protect.limits import limit
from firstmile.web.guidance_words import GuidanceWords
from firstmile.web.rendering import Pages, language_of, person_of

Page = Response[str] | Redirect

LASTS = timedelta(days=1)
PURPOSE = "guidance preview"


class Seal(msgspec.Struct, frozen=True):
    """What an address says: which draft, as it was then, and until when."""

    key: str
    row_version: int
    until: int


def preview_path(vault: Vault, draft: Draft, now: datetime) -> str:
    """An address that shows this draft to whoever has it, until tomorrow or its next change."""
    seal = Seal(draft.content.key, draft.row_version, int((now + LASTS).timestamp()))
    text = base64.urlsafe_b64encode(msgspec.json.encode(seal)).decode().rstrip("=")
    return f"/guidance/preview/{text}.{vault.digest(PURPOSE, text).hex()}"


@get("/guidance/preview/{token:str}", opt=limit("files"))
async def preview(visit: Visiting, token: FromPath[str]) -> Page:
    """A draft as it would look in every language; nothing is counted and nothing can be done."""
    seal = _opened(visit.part(Vault), token, visit.part(Works).clock())
    async with visit.reading() as db:
        draft = await store.draft(db, seal.key)
    if draft is None or draft.row_version != seal.row_version:
        raise _over()
    words = GuidanceWords(language_of(visit.scope, await person_of(visit)))
    cards = [words.card(draft.content, code) | {"name": name} for code, name in LANGUAGES.items()]
    return await visit.part(Pages).page(
        visit, "guidance_preview.html", cards=cards, content=words.content(draft.content)
    )


def _opened(vault: Vault, token: str, now: datetime) -> Seal:
    text, _, signature = token.partition(".")
    is_ours = any(
        hmac.compare_digest(one.hex().encode(), signature.encode())
        for one in vault.digests(PURPOSE, text)
    )
    if not is_ours:
        raise _over()
    seal = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Seal)
    if now.timestamp() > seal.until:
        raise _over()
    return seal


def _over() -> NotFound:
    return NotFound(N_("This preview is over. Ask for a new address."))


router = Router(path="/", route_handlers=[preview], include_in_schema=False)
