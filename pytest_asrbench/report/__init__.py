"""Outcomes as text: tables, CSV, JSON. Data in, text out."""
