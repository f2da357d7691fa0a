"""The seating of a call: seats, grants, offers and waitlist as one aggregate (rules 3 to 5)."""
