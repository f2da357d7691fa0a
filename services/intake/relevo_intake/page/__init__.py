"""The page behind the link in a letter, in four languages."""
