"""``reprolint verify``: runs a command several times and finds the first point where the runs part.

``injected`` records, inside of each Python process that the command starts; it is put on their path. `run` starts the command, `records`
reads what was recorded, `compare` finds the first difference, `report` says it.
"""
