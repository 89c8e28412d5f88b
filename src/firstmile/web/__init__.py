"""What a browser sees."""

from litestar import Router
from litestar.datastructures import CacheControlHeader
from litestar.static_files import create_static_files_router

from firstmile.settings import Settings
from firstmile.web import devmail, journey, profile, visitor
from firstmile.web.assets import PREFIX, STATIC

# The names of built files hold a hash of their content.
FOREVER = CacheControlHeader(public=True, max_age=31_536_000, immutable=True)


def routers(settings: Settings) -> list[Router]:
    """The pages; the mailbox only where mail is kept."""
    static = create_static_files_router(
        path=PREFIX,
        directories=[STATIC],
        include_in_schema=False,
        cache_control=FOREVER,
    )
    pages = [visitor.router, journey.router, profile.router, static]
    keeps_mail = settings.is_development and settings.smtp_host is None
    return [*pages, devmail.router] if keeps_mail else pages
