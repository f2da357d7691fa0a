"""What scheduling shows, and to whom."""
