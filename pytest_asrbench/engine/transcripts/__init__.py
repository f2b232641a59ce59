"""Answers that were made elsewhere, as a model: files of them are read, matched with clips and handed out."""
