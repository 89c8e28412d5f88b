"""`python -m firstmile` is the firstmile command."""

from firstmile.cli import main

main()
