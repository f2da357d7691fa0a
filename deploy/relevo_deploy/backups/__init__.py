"""Backups of what services keep, the keys of people apart, and putting one back."""
