"""The rules of the on-site week: pure, without I/O, clock or chance."""
