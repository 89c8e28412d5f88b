"""Texts that authors write: a subset of Markdown as data, which pages and components show.

Nothing an author writes becomes HTML by itself: raw HTML is text here, and addresses are listed.
"""
