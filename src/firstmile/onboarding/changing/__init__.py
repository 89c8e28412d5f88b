"""A change of the steps: planned, put into force with everybody moved along, and undone."""
