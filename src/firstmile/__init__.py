"""Firstmile: everything between a visitor's first click and an activated user."""

__version__ = "0.1.0"
