"""Systems outside the organisation that read public events: given a place on the bus, shown, and taken off it again."""
