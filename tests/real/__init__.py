"""Real weights through every runtime: what `tox -e real` runs. Nothing here is downloaded by any other environment."""
