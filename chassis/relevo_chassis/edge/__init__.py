"""The edge of a service: settings, time, keys, callers, HTTP. No domain word inside."""
