"""What operators type to look at a running Relevo and to repair it."""
