"""Refusing abuse before it reaches a package."""
