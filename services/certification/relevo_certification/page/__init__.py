"""The verification page: plain HTML, without scripts, in four languages."""
