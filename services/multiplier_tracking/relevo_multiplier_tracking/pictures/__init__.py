"""Pictures that people send, re-encoded in a process of its own until nothing is left but the picture."""
