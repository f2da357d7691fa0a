"""What operators have done, one function for each use case."""
