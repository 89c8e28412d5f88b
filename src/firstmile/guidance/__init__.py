"""Guidance: tips, tours, announcements and gates, and how much of a person's attention they get."""
