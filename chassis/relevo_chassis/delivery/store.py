"""The store: the one module that imports the driver."""
