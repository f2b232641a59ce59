"""What a model is asked for, and what its answer is held against: tasks, as data."""
