"""The JSON Schema takes what the reader takes, and refuses what it refuses."""

import json

import jsonschema_rs
import pytest
import yaml
from hypothesis import given
from tests.conftest import ROOT
from tests.onboarding.test_writing import DEFINITIONS

from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.files.schema import schema
from firstmile.onboarding.files.writing import written

VALIDATOR = jsonschema_rs.validator_for(schema())
STEP = "key: tour, title: {en: a}, description: {en: a}, verification: {by: person}"


def test_the_steps_of_the_demo_are_valid() -> None:
    VALIDATOR.validate(yaml.safe_load((ROOT / "steps" / "first-mile.yaml").read_text()))


@given(DEFINITIONS)
def test_whatever_is_written_is_valid(definitions: Definitions) -> None:
    read = yaml.safe_load(written(definitions))

    VALIDATOR.validate(json.loads(json.dumps(read, default=str)))  # JSON has no dates


@pytest.mark.parametrize(
    "step",
    [
        STEP.replace("key: tour", "key: Tour"),
        STEP.replace("key: tour, ", ""),
        STEP.replace("by: person", "by: fact"),
        STEP.replace("by: person", "by: fact, fact: rain"),
        STEP.replace("title: {en: a}", "title: {fr: a}"),
        f"{STEP}, wieght: 2",
        f"{STEP}, version: 0",
        f"{STEP}, roles: [king]",
        f"{STEP}, requires: [{{any: []}}]",
        f"{STEP}, href: //elsewhere",
        STEP.replace("by: person", "by: event"),
        STEP.replace("by: person", "by: event, event: e, within: soon"),
        f"{STEP}, due: {{}}",
    ],
)
def test_what_the_reader_refuses_is_not_valid(step: str) -> None:
    VALIDATOR.validate(yaml.safe_load(f"steps: [{{{STEP}}}]"))

    assert not VALIDATOR.is_valid(yaml.safe_load(f"steps: [{{{step}}}]"))
