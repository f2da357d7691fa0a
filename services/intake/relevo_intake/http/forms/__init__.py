"""What people send in, as it comes over the wire: checked here, trusted inside."""
