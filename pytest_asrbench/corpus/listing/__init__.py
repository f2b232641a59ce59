"""How the snippets of a corpus are listed: from folders, from manifests, with ids, and within a fence."""
