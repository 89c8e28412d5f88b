"""The command `firstmile`: what its words mean."""

from firstmile.cli.root import main

__all__ = ["main"]
