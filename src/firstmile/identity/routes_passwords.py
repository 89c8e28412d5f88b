"""HTTP of checking a new password while it is typed."""

from litestar import Router, post
from litestar.params import JSONBody

from firstmile.identity.schemas_passwords import PasswordCheckIn, PasswordCheckOut, ReasonOut
from firstmile.identity.strength import PasswordRules, words_about
from firstmile.kernel.languages import accepted, best_of
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.problems import AnyRequest
from firstmile.kernel.visit import Visiting


@post("/password-check", status_code=200, responses=problems(*BODY, 503))
async def password_check(
    visit: Visiting, data: JSONBody[PasswordCheckIn], request: AnyRequest
) -> PasswordCheckOut:
    """Tell how strong a password would be, and why it would be refused.

    Nothing is kept or logged, and no account is looked at: it knows what the form tells it.
    """
    language = best_of(accepted(request.headers.get("accept-language")))
    about = words_about(data.email, data.first_name, data.last_name)
    verdict = visit.part(PasswordRules).judge(data.password, about=about)
    return PasswordCheckOut(
        score=verdict.score,
        acceptable=verdict.is_acceptable,
        reasons=[ReasonOut.of(reason, language) for reason in verdict.reasons],
        suggestions=[ReasonOut.of(suggestion, language) for suggestion in verdict.suggestions],
    )


router = Router(path="/api/v1/auth", route_handlers=[password_check], tags=["Accounts"])
