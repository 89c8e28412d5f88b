"""Answers to what people ask themselves, where they ask it."""
