"""The steps to activation."""
