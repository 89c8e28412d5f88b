"""YAML holds what stands in it: an alias, which doubles what is read, is refused at its line."""

import pytest
import yaml

from firstmile.onboarding.files.lined_yaml import BrokenYaml, read_yaml
from firstmile.protect.plain_yaml import read_plain, write_plain

DOUBLING = "a: &a [1, 2]\nb: &b [*a, *a]\nc: [*b, *b]\n"


def test_an_alias_is_refused_with_its_line_and_what_to_do() -> None:
    with pytest.raises(yaml.MarkedYAMLError) as refused:
        read_plain(DOUBLING)
    with pytest.raises(BrokenYaml) as lined:
        read_yaml(DOUBLING)

    assert (refused.value.problem, lined.value.line) == ("write out what *a stands for", 2)


def test_a_name_that_nothing_refers_to_does_no_harm() -> None:
    assert read_plain("a: &a [1, 2]") == {"a": [1, 2]}


def test_what_stands_twice_is_written_twice_and_read_back() -> None:
    same = ["/projects/*"]

    text = write_plain({"b": same, "a": same})

    assert text.startswith("b:")
    assert read_plain(text) == {"b": same, "a": same}
