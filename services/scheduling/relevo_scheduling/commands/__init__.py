"""What can be asked of scheduling: one function for each use case."""
