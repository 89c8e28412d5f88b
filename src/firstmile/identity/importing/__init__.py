"""People of other systems, taken over with their passwords."""
