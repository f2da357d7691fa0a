"""Files that staff send as materials, made anew in a process of its own until nothing is left but what is read."""
