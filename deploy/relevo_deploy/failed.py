"""What a command says when it cannot be done."""


class Failed(Exception):
    """The command could not be done; the text says why and what to do, and goes to whoever typed it."""
