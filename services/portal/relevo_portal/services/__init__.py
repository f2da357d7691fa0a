"""The services that the portal asks, each in one module: what it may be asked, and what it may answer."""
