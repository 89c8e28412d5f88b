"""The verbs about pages of other applications."""

import click
import uvloop

from firstmile.cli.ground import complain, refusing, settings_with_database
from firstmile.settings import load_settings


@click.group()
def embed() -> None:
    """Checklists, gates, tips and help in the pages of other applications."""


@embed.command()
@click.option(
    "--base-url", metavar="URL", help="Where browsers reach Firstmile; as set, if unsaid."
)
@refusing
def tag(base_url: str | None) -> None:
    """Print the script tag with its hash, and what a Content-Security-Policy must allow."""
    from firstmile.web.embedding import embed as built  # noqa: PLC0415  only this verb needs it
    from firstmile.web.embedding import policy  # noqa: PLC0415

    address = (base_url or load_settings().base_url).rstrip("/")
    try:
        click.echo(built().tag(address))
    except FileNotFoundError as missing:
        complain(f"{missing}")
    click.echo(f"\nIf the page has a Content-Security-Policy, add:\n{policy(address)}")


@embed.command()
@refusing
def kept() -> None:
    """List the builds that are given out, and the last day a page asked for each."""
    from firstmile.verbs.embeds import kept_builds  # noqa: PLC0415  only this verb needs it

    own, builds = uvloop.run(kept_builds(settings_with_database()))
    if not builds:
        complain("Nothing is kept yet: a build is when the service first starts with it.")
    for build in builds:
        mark = "  (this release)" if build.folder == own else ""
        click.echo(f"{build.folder}  since {build.first_at:%Y-%m-%d}, asked {build.asked_on}{mark}")
