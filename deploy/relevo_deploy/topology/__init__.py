"""Streams, durables and users of the bus: read from files, applied to a server, compared with one."""
