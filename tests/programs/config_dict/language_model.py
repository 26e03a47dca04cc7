"""Bigram language model with a neural twist – one file, one dictionary."""
import hashlib
import torch
import torch.nn as nn
import torch.nn.functional as F

CONFIG = {
    "context": 4,
    "embedding": 8,
    "hidden": 24,
    "lr": 0.02,
    "steps": 50,
    "batch_size": 32,
    "seed": 1337,
}

POEM = """
whose woods these are i think i know
his house is in the village though
he will not see me stopping here
to watch his woods fill up with snow
"""


def vocabulary(text):
    letters = sorted(set(text))
    return {letter: index for index, letter in enumerate(letters)}


class LanguageModel(nn.Module):
    def __init__(self, size, config):
        super().__init__()
        self.embed = nn.Embedding(size, config["embedding"])
        self.hidden = nn.Linear(config["context"] * config["embedding"], config["hidden"])
        self.out = nn.Linear(config["hidden"], size)

    def forward(self, x):
        return self.out(torch.tanh(self.hidden(self.embed(x).flatten(1))))


def get_batch(data, config):
    starts = torch.randint(0, len(data) - config["context"], (config["batch_size"],))
    x = torch.stack([data[i : i + config["context"]] for i in starts])
    return x, data[starts + config["context"]]


def run(config):
    vocab = vocabulary(POEM)
    data = torch.tensor([vocab[letter] for letter in POEM])
    model = LanguageModel(len(vocab), config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=config["lr"])
    for step in range(config["steps"]):
        x, y = get_batch(data, config)
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if step % 10 == 0:
            print(f"step {step}: loss {loss.item():.4f}")
    return model


if __name__ == "__main__":
    model = run(CONFIG)
    print("DIGEST", hashlib.sha256(model.embed.weight.detach().numpy().tobytes()).hexdigest())
