"""How a step that the members of a project share is found to be done, by events or by a server."""
