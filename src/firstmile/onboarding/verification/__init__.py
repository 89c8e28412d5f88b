"""How a step is found to be done: by events that are counted, or by the verdict of a server."""
