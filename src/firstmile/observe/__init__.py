"""Seeing what the service does."""
