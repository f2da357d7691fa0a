"""One function for each use case."""
