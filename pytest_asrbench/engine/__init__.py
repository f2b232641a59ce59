"""Who measures: one model's way through its cases, and the process it lives in."""
