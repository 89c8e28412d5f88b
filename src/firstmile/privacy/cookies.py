"""The cookie that keeps an answer."""

from litestar.datastructures import Cookie

from firstmile.protect.consent import COOKIE, Answer

# Half a year, after which everybody is asked again, as the French authority (CNIL) advises.
LIFE_SECONDS = 180 * 24 * 3600


def keeping(answer: Answer, *, over_tls: bool) -> Cookie:
    """The answer as its browser keeps it."""
    return Cookie(
        COOKIE,
        value=answer.written(),
        max_age=LIFE_SECONDS,
        path="/",
        secure=over_tls,
        httponly=True,
        samesite="lax",
    )
