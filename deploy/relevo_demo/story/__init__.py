"""The edition, phase by phase, each with what it leaves to the next."""
