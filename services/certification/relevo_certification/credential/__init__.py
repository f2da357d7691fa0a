"""The credential: its text, its two securings, its keys and its status list."""
