"""Firstmile measured beside its peers."""
