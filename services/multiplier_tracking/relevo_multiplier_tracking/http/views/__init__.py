"""What goes back over the wire: of each caller's view, no more than it needs."""
