"""What goes out: requests as the bindings ask, signed, to checked addresses only, one lane at a time."""
