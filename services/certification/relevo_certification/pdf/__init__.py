"""The certificate as PDF."""
