"""A model hub on this machine: real HTTP, the endpoints that huggingface_hub uses, and the ways in which hubs fail."""
