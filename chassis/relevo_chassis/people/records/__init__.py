"""Records of readings and of decisions: entries put into segments after their commit, each closed by a signature."""
