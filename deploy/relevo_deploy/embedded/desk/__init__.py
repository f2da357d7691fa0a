"""The desk: what stands in for the outside world on a laptop. It issues tokens to anybody: never for production."""
