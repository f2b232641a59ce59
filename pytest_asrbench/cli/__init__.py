"""The command: doctor, models, download, history, report."""
