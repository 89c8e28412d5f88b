"""Flags, the kill switch, experiments and rollouts."""
