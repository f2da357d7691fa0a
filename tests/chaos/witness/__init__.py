"""A service that exists for storms alone: it enrols participants in intake's place, without the months of a selection,
and writes down every event that it is told, in the order in which it took effect."""
