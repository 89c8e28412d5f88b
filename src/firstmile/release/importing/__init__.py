"""Flags of other systems, read and brought over."""
