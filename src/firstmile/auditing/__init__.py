"""Looks at a running service from outside, as somebody who wants to learn from its answers."""
