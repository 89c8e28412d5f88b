"""The vocabulary every package shares; knows no domain."""
