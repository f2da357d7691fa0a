"""The rules of intake: pure functions from a state and a command to a state and events."""
