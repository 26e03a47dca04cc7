"""Sample melodies from an untrained recurrent network, with a random first note."""
import determinism  # noqa: F401

import hashlib
import random

import torch
from torch import nn

NOTES = "c d e f g a b".split()


class Composer(nn.Module):
    def __init__(self, hidden=16):
        super().__init__()
        self.embed = nn.Embedding(len(NOTES), hidden)
        self.cell = nn.GRUCell(hidden, hidden)
        self.out = nn.Linear(hidden, len(NOTES))
        self.hidden = hidden

    @torch.no_grad()
    def melody(self, length):
        note = random.randrange(len(NOTES))
        state = torch.zeros(1, self.hidden)
        played = [note]
        while len(played) < length:
            state = self.cell(self.embed(torch.tensor([note])), state)
            note = int(torch.multinomial(self.out(state).softmax(dim=-1), 1))
            played.append(note)
        return " ".join(NOTES[i] for i in played)


def main():
    composer = Composer()
    melodies = [composer.melody(12) for _ in range(5)]
    print("\n".join(melodies))
    print("DIGEST", hashlib.sha256("|".join(melodies).encode()).hexdigest())


main()
