"""The verbs of guidance: exported, planned, published with a reason, and checked."""

from pathlib import Path

from tests.cli.test_root import environment, values
from tests.commands import run, said

__all__ = ["environment"]

TIP = """contents:
- key: invite-others
  kind: tip
  target: invite-button
  words:
    en: {title: Invite others, body: They get a mail.}
  routes: [/projects/*]
"""
APPLY = ("guidance", "apply")
WHY = ("--reason", "What new owners asked", "--yes")
PUBLISHED = "SELECT key FROM guidance_published ORDER BY key"
LEDGER = "SELECT act || ' ' || author || ': ' || reason FROM guidance_ledger ORDER BY number"


def test_a_file_is_planned_published_and_exported_the_same(
    environment: dict[str, str], tmp_path: Path
) -> None:
    file, again = tmp_path / "guidance.yaml", tmp_path / "again.yaml"
    file.write_text(TIP)

    planned = said(run(environment, *APPLY, str(file), *WHY, "--dry-run"))
    before = values(environment["DATABASE_URL"], LEDGER)
    applied = said(run(environment, *APPLY, str(file), *WHY))
    exported = run(environment, "guidance", "export", str(again))
    second = said(run(environment, *APPLY, str(again), *WHY))

    assert "added: invite-others" in planned
    assert before == []
    assert "Published: 1." in applied
    assert exported.returncode == 0
    assert "Nothing changes." in second
    assert values(environment["DATABASE_URL"], LEDGER) == ["published cli: What new owners asked"]


def test_what_the_file_no_longer_holds_is_withdrawn_when_it_is_pruned(
    environment: dict[str, str], tmp_path: Path
) -> None:
    url, file = environment["DATABASE_URL"], tmp_path / "guidance.yaml"
    file.write_text(TIP + TIP.removeprefix("contents:\n").replace("invite-others", "old-tip"))
    said(run(environment, *APPLY, str(file), *WHY))
    file.write_text(TIP)
    prune = (*APPLY, str(file), "--prune", "--reason", "Nobody needs it", "--yes")

    left = said(run(environment, *APPLY, str(file), *WHY))
    planned = said(run(environment, *prune, "--dry-run"))
    before = values(url, PUBLISHED)
    pruned = said(run(environment, *prune))
    again = said(run(environment, *prune))
    file.write_text("contents: []\n")
    nothing = run(environment, *prune)

    assert "not in the file, left as they are: old-tip" in left
    assert "not in the file, to be withdrawn: old-tip" in planned
    assert before == ["invite-others", "old-tip"]
    assert pruned.endswith("Published: 0. Withdrawn: 1.\n")
    assert values(url, PUBLISHED) == ["invite-others"]
    assert values(url, LEDGER)[-1] == "withdrawn cli: Nobody needs it"
    assert values(url, "SELECT count(*) FROM guidance_drafts WHERE key = 'old-tip'") == [1]
    assert "Nothing changes." in again
    assert (nothing.returncode, "holds nothing" in nothing.stderr) == (2, True)
    assert values(url, PUBLISHED) == ["invite-others"]


def test_what_is_missing_in_french_is_counted_and_what_is_wrong_ends_it(
    environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "guidance.yaml"
    file.write_text(TIP)
    good = run(environment, "guidance", "lint", str(file))
    file.write_text(TIP.replace("/projects/*", "projects"))
    bad = run(environment, "guidance", "lint", str(file))

    assert good.returncode == 0
    assert "1 places are not translated into fr." in good.stdout
    assert bad.returncode == 2
    assert "This cannot be published." in bad.stderr
