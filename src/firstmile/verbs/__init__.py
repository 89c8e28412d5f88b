"""What the verbs of the command do once their words are read."""
