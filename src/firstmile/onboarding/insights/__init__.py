"""Figures of the first mile: who began, who got through, and what stood in the way."""
