"""How often the speed gate cries wolf, and how often it sleeps: real sessions on a machine that others load at random.

`python -m tests.benchmarks.gatepower --help`. Sessions are appended to a file as they end: a run that is interrupted
goes on where it was, and a second run adds to the first.
"""
