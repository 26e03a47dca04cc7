"""Estimates the volume of a ball three ways."""
import hashlib

from lab import Session
from lab.samplers import METHODS

with Session("volume") as session:
    estimates = {name: method(4000, dim=4) for name, method in METHODS.items()}
    session.note(estimates)

for line in session.notes:
    print(line)
print("DIGEST", hashlib.sha256(repr(estimates).encode()).hexdigest())
