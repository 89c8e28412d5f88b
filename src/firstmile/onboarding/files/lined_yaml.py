"""YAML whose mappings know the lines they stand on."""

from typing import Any

import yaml

from firstmile.protect.plain_yaml import PlainLoader


class Lined(dict[str, Any]):
    """A YAML mapping that knows its line and those of its keys."""

    line: int = 0
    lines: dict[str, int]

    def line_of(self, name: str) -> int:
        """The line of a key, or of the mapping when the key is not there."""
        return self.lines.get(name, self.line)


class BrokenYaml(Exception):
    """The text is no YAML; says what and where."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem


def read_yaml(text: str) -> Any:
    """The document in a text; raises BrokenYaml."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader of ours
    except yaml.MarkedYAMLError as broken:
        line = broken.problem_mark.line + 1 if broken.problem_mark else 0
        raise BrokenYaml(line, str(broken.problem)) from broken
    except yaml.reader.ReaderError as broken:
        raise BrokenYaml(text.count("\n", 0, broken.position) + 1, broken.reason) from broken
    except (ValueError, RecursionError) as broken:  # a date that is none, nesting without end
        raise BrokenYaml(0, "a value in it cannot be read") from broken


class _Loader(PlainLoader):
    """Plain YAML whose mappings remember where they stood; a key may not stand twice."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Lined:
    found = Lined()
    found.line = node.start_mark.line + 1
    found.lines = {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in found:
            raise yaml.constructor.ConstructorError(
                None, None, f"'{key}' stands twice", key_node.start_mark
            )
        found[key] = loader.construct_object(value_node, deep=True)
        found.lines[key] = key_node.start_mark.line + 1
    return found


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
