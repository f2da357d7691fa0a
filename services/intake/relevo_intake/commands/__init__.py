"""One function for each use case: it draws ids, seals, and hands the committer one change."""
