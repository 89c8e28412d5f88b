"""The parts of the console's page of insights."""
