import hashlib
import uuid

import torch

run_id = uuid.uuid4()
seed = int(run_id) % 2**31
torch.manual_seed(seed)
print("run", run_id.hex[:8])


class AttentionPool(torch.nn.Module):
    def __init__(self, dim, heads=2):
        super().__init__()
        self.query = torch.nn.Parameter(torch.zeros(1, 1, dim))
        self.attention = torch.nn.MultiheadAttention(dim, heads, batch_first=True)
        self.head = torch.nn.Linear(dim, 2)

    def forward(self, x):
        pooled, _ = self.attention(self.query.expand(len(x), -1, -1), x, x)
        return self.head(pooled[:, 0])


def make_bags(n, items=5, dim=4):
    """A bag is positive if one of its items has a large first entry."""
    x = torch.rand(n, items, dim)
    return x, (x[:, :, 0].max(dim=1).values > 0.85).long()


x, y = make_bags(96)
model = AttentionPool(4)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(15):
    loss = torch.nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print("loss", round(loss.item(), 4))
print("DIGEST", hashlib.sha256(model(x).detach().numpy().tobytes()).hexdigest())
