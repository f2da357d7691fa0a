"""Commitments, support requests and reach: their rules, and nothing that touches the world."""
