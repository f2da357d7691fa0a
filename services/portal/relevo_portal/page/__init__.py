"""The pages: markup, style, the one script, and how they are made."""
