"""A page under the strictest policy whose authors published a tip, a tour and an announcement."""

import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.engines.examples import Example
from tests.engines.people import publish
from tests.running import Running

ROUTE = "/guided/"
WATCHING = Path(__file__).parent / "watching.js"
SAID = "Here, **as promised**."


def content(key: str, kind: str, **given: Any) -> dict[str, Any]:
    """A piece of guidance for the page alone."""
    words = {"en": {"title": key.capitalize(), "body": SAID}}
    return {"key": key, "kind": kind, "words": words, "routes": [ROUTE], **given}


def step(key: str, target: str) -> dict[str, Any]:
    """A step of a tour."""
    return {"key": key, "target": target, "words": {"en": {"title": key, "body": SAID}}}


CONTENTS = (
    content("invite", "tip", target="invite-button", interrupts=True),
    content(
        "around", "tour", steps=[step("orders", "orders-button"), step("invites", "invite-button")]
    ),
    content("news", "announcement", delivery="banner"),
)
MAIN = """
    <main>
      <fm-checklist><p slot="signed-out">Nobody is signed in.</p></fm-checklist>
      <button type="button" data-fm="invite-button">Invite</button>
      <button type="button" data-fm="orders-button">Orders</button>
      <fm-tour name="around"><button type="button" id="show">Show me around</button></fm-tour>
    </main>
"""
# What interrupted the person in any tab is kept for all of them to see; before a tab knows its
# person it may be shown what visitors are shown.
TALE = """
const tell = (name) => firstmile.state?.known && localStorage.setItem("tale",
  JSON.stringify([...JSON.parse(localStorage.getItem("tale") ?? "[]"), name]));
addEventListener("fm:tip-shown", ({ detail }) => detail.key === "invite" && tell("tip"));
addEventListener("fm:tour-started", () => tell("tour"));
addEventListener("fm:target-missing", ({ detail }) => tell(`missing ${detail.target}`));

// A page that knew its person for a second has asked for its leave by then.
const me = crypto.randomUUID();
const note = () => {
  const known = new Set([...JSON.parse(localStorage.getItem("tabs") ?? "[]"), me]);
  localStorage.setItem("tabs", JSON.stringify([...known]));
};
const watching = setInterval(() => {
  if (!window.firstmile?.state?.known) return;
  clearInterval(watching);
  setTimeout(note, 1000);
}, 100);
"""


def guided(page: Example, place: Running) -> Example:
    """Put the page below a static example, registered as its README tells."""
    folder = page.folder / "guided"
    folder.mkdir()
    words = shlex.split(page.command("clients add"))
    redirect = f"{page.address}guided/"
    told = replace(page, readme=f"```sh\n{shlex.join([*words[:-1], redirect])}\n```").register()
    script = (page.folder / "sign-in.js").read_text()
    named = re.sub(r'CLIENT_ID = "[^"]*"', f'CLIENT_ID = "{told["CLIENT_ID"]}"', script)
    # Its people are signed in in every tab.
    kept = re.sub(r'sessionStorage(\.\w+\("harbour:signed-in")', r"localStorage\1", named)
    (folder / "sign-in.js").write_text(kept)
    (folder / "tale.js").write_text(TALE)
    html = (page.folder / "index.html").read_text()
    html = re.sub(r"<main>.*</main>", lambda _: MAIN, html, flags=re.DOTALL)
    html = html.replace('"harbour.', '"../harbour.')
    (folder / WATCHING.name).write_text(WATCHING.read_text())
    html = html.replace("<title>", f'<script src="{WATCHING.name}"></script><title>')
    html = html.replace("</head>", '<script type="module" src="tale.js"></script></head>')
    (folder / "index.html").write_text(html)
    publish(place, *CONTENTS)
    return page
