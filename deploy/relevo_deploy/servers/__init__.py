"""Getting NATS and MongoDB ready for the services."""
