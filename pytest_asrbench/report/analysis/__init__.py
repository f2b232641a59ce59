"""What a run's averages hide, and how far they can be trusted: outcomes in, findings out."""
