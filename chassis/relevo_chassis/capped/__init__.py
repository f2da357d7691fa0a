"""Making hostile files anew in a process of its own, which can open nothing and has bounds on memory and time."""
