"""The portal's own pages, used by some of the demo's people: in a browser, or by their forms where none runs."""
