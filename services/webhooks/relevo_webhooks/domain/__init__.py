"""What is decided about subscriptions and about each delivery, pure."""
