"""YAML without aliases: a text holds what stands in it, and no more."""

from typing import Any

import yaml


class PlainLoader(yaml.SafeLoader):
    """Safe YAML in which nothing stands for something else.

    Each alias of an alias doubles what is read, so that a few lines would take minutes.
    """

    def compose_node(self, parent: Any, index: Any) -> Any:
        """The next node; raises ComposerError, a YAMLError, where it is an alias."""
        if self.check_event(yaml.AliasEvent):
            alias = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(
                None, None, f"write out what *{alias.anchor} stands for", alias.start_mark
            )
        return super().compose_node(parent, index)


class PlainDumper(yaml.SafeDumper):
    """Writes what `PlainLoader` reads: the same value twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        """Whether to write a value out; always."""
        return True


def read_plain(text: str | bytes) -> Any:
    """The document in a text; raises YAMLError."""
    return yaml.load(text, Loader=PlainLoader)  # noqa: S506  a SafeLoader


def write_plain(document: Any, **style: Any) -> str:
    """A document as YAML, its keys in their order; `style` as `yaml.dump` takes it."""
    text: str = yaml.dump(
        document, Dumper=PlainDumper, sort_keys=False, allow_unicode=True, **style
    )
    return text
