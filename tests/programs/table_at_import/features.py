"""Frozen random word vectors."""
import torch

WORDS = "a warm and funny film dull empty dialogue people light dog".split()
INDEX = {word: row for row, word in enumerate(WORDS)}
FEATURES = torch.randn(len(WORDS), 12)


def encode(text):
    return FEATURES[[INDEX[word] for word in text.split()]].mean(dim=0)
