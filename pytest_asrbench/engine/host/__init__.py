"""A model's process: the child that loads and times, the parent that watches, the messages between them."""
