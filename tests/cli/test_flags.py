"""The verbs of flags: changed, explained, exported, and taken over from other systems."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.cli.test_root import environment, values
from tests.commands import run, said

__all__ = ["environment"]

CARDS = {
    "flags": {
        "cards": {
            "state": "ENABLED",
            "variants": {"hearts": "h", "spades": "s"},
            "defaultVariant": "spades",
            "targeting": {"if": [{"==": [{"var": "country"}, "CA"]}, "hearts"]},
        },
        "odd": {
            "state": "ENABLED",
            "variants": {"on": True, "off": False},
            "defaultVariant": "on",
            "targeting": {"if": [{"var": "x"}, "off"]},
        },
    }
}


def flags(environment: dict[str, str], *words: str) -> str:
    return said(run(environment, "flags", *words))


def a_file(folder: Path, document: Any) -> str:
    path = folder / "flags.json"
    path.write_text(json.dumps(document))
    return str(path)


def test_a_flag_is_made_changed_and_explained(environment: dict[str, str], tmp_path: Path) -> None:
    because = ("--reason", "To try it")
    flags(environment, "set", "sale", "--on", "--percentage", "0", "--whitelist", "dana", *because)
    flags(environment, "set", "sale", "--market", "CA", *because)
    receipt = tmp_path / "receipt.json"
    told = flags(
        environment,
        *("explain", "sale", "--context", '{"targetingKey": "bob"}', "--attribute", "market=FR"),
        *("--receipt", str(receipt)),
    )
    shown = json.loads(flags(environment, "show", "sale"))

    assert told.splitlines() == [
        "userWhitelist: passes on",
        "markets: decides",
        "sale is false, variant off (DEFAULT)",
    ]
    assert shown["userWhitelist"] == ["dana"]
    assert shown["serve"] == {"variant": "on", "rolloutPercentage": 0.0}
    assert "on   sale  boolean, 0 rules, the rest on 0 %" in flags(environment, "list")
    assert values(environment["DATABASE_URL"], "SELECT author FROM flag_revisions") == ["cli"] * 2

    flags(environment, "set", "sale", "--off", *because)
    offline = {name: one for name, one in environment.items() if name != "DATABASE_URL"}
    assert flags(offline, "explain", "--receipt", str(receipt)) == told
    receipt.write_text(receipt.read_text().replace('"value": false', '"value": true'))
    assert run(offline, "flags", "explain", "--receipt", str(receipt)).returncode == 2


def test_an_export_comes_back_as_it_was(environment: dict[str, str], tmp_path: Path) -> None:
    flags(environment, "set", "b-second", "--on", "--reason", "To try it")
    flags(environment, "set", "a-first", "--on", "--percentage", "12.5", "--reason", "To try it")
    text = flags(environment, "export")
    path = tmp_path / "flags.yaml"
    flags(environment, "export", str(path))
    other = ("--environment", "staging")
    first = flags(environment, "import", str(path), "--reason", "To stage it", *other)
    again = flags(environment, "import", str(path), "--reason", "To stage it", *other)

    assert [flag["key"] for flag in json.loads(text)["flags"]] == ["a-first", "b-second"]
    assert yaml.safe_load(path.read_text()) == json.loads(text)
    assert first.splitlines()[-1] == "2 new, 0 changed, 0 as they were, 0 refused."
    assert again.splitlines() == ["0 new, 0 changed, 2 as they were, 0 refused."]
    staged = json.loads(flags(environment, "export", *other))
    assert staged["flags"] == json.loads(text)["flags"]


def test_an_import_is_all_or_nothing_unless_asked(
    environment: dict[str, str], tmp_path: Path
) -> None:
    path = a_file(tmp_path, CARDS)
    words = ("flags", "import", path, "--format", "flagd")
    tried = run(environment, *words, "--dry-run")
    refused = run(environment, *words, "--reason", "From flagd")
    listed = flags(environment, "list")
    partial = said(run(environment, *words, "--reason", "From flagd", "--partial"))
    again = said(run(environment, *words, "--reason", "From flagd", "--partial"))

    assert (tried.returncode, refused.returncode) == (1, 1)
    assert tried.stdout == refused.stdout
    assert "refused  odd: there is no 'var' for conditions here" in tried.stdout
    assert tried.stdout.endswith(
        "1 new, 0 changed, 0 as they were, 1 refused. Nothing was written.\n"
    )
    assert listed.startswith("production is at revision 0")
    assert "2 new" in partial
    odd = json.loads(flags(environment, "show", "odd"))
    assert odd["description"].startswith("Not carried over: there is no 'var'")
    assert not odd.get("enabled")
    assert again.splitlines()[-1].startswith("0 new, 0 changed, 1 as they were, 1 refused")
    told = flags(environment, "explain", "cards", "--attribute", "country=CA")
    assert told.splitlines()[-1] == 'cards is "h", variant hearts (TARGETING_MATCH)'


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("show", "gone"), "There is no such flag."),
        (("list", "--environment", "gone"), "There is no such environment."),
        (("set", "a b", "--on", "--reason", "x"), "key: takes letters"),
        (("set", "sale", "--on", "--reason", " "), "reason: Say why."),
        (("set", "sale", "--percentage", "0.00001", "--reason", "x"), "thousandths"),
        (("explain",), "Name a flag"),
        (("explain", "sale", "--attribute", "x"), "has no ="),
        (("explain", "sale", "--context", "["), "no JSON object"),
        (("import", "README.md", "--dry-run"), "neither JSON nor YAML"),
        (("import", "Makefile", "--format", "unleash", "--dry-run"), "neither JSON"),
        (("import", "tests/golden/openapi.json", "--dry-run"), "no export of Firstmile"),
        (("import", "README.md"), "--reason"),
    ],
)
def test_what_cannot_be_is_refused_in_plain_words(
    environment: dict[str, str], words: tuple[str, ...], complaint: str
) -> None:
    refused = run(environment, "flags", *words)

    assert refused.returncode == 2
    assert complaint in refused.stderr
    assert "Traceback" not in refused.stderr
