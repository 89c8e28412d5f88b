"""Builds of the embeds: the one that came with this release, and those before it."""
