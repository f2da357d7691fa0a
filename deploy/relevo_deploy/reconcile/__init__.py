"""Stores against outboxes against streams against positions: whether anything was lost, doubled or disordered."""
