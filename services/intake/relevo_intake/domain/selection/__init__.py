"""The selection: the published rules, the problem they pose, what its answer means for each person (rules 3 and 5)."""
