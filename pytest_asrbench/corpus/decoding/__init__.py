"""Files to samples: one module per library that decodes, and one that counts what an mp3 should hold."""
