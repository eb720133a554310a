"""nodupe beside other tools that find duplicates; `run.py` is the command."""
