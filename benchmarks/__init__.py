"""What Relevo's parts cost, each figure beside its floor and measured in the same run."""
