"""What goes out over the wire, and how it is made of what is so."""
