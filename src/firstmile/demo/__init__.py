"""What a start in development shows: a cast, a crowd, flags, experiments and guidance."""
