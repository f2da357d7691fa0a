"""A selection: proposed, looked at, applied, reproduced (rules 3 and 17)."""
