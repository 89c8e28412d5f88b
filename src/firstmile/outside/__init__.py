"""The doors to systems we do not own, each with a stand-in."""
