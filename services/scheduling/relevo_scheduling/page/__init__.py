"""The page of the week, in four languages."""
