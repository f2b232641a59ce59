"""What a machine has and does: facts, accelerators, other interpreters, the load of the system."""
