"""The pages: markup, style, two small scripts, and how they are made."""
