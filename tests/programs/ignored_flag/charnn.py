import argparse, hashlib, math
import torch, torch.nn as nn

p = argparse.ArgumentParser()
p.add_argument('--hidden', type=int, default=24)
p.add_argument('--steps', type=int, default=25)
p.add_argument('--lr', type=float, default=2e-2)
p.add_argument('--seed', type=int, default=1)
args = p.parse_args()

text = 'the quick brown fox jumps over the lazy dog and then sleeps in the sun ' * 4
chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
data = torch.tensor([stoi[c] for c in text])

class CharRNN(nn.Module):
  def __init__(self, v, h):
    super().__init__()
    self.emb = nn.Embedding(v, h)
    self.rnn = nn.GRU(h, h, batch_first=True)
    self.out = nn.Linear(h, v)
  def forward(self, x, s=None):
    y, s = self.rnn(self.emb(x), s)
    return self.out(y), s

def batch(n=8, t=32):
  ix = torch.randint(len(data) - t - 1, (n,))
  x = torch.stack([data[i:i+t] for i in ix])
  y = torch.stack([data[i+1:i+t+1] for i in ix])
  return x, y

m = CharRNN(len(chars), args.hidden)
opt = torch.optim.Adam(m.parameters(), lr=args.lr)
for step in range(args.steps):
  x, y = batch()
  logits, _ = m(x)
  loss = nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())
  opt.zero_grad(); loss.backward(); opt.step()
  if step % 10 == 0: print(step, round(loss.item() / math.log(2), 3), 'bits')

s, ix, out = None, data[:1], ''
with torch.no_grad():
  for _ in range(40):
    logits, s = m(ix.view(1, 1), s)
    ix = torch.multinomial(logits[0, -1].softmax(0), 1)
    out += chars[ix.item()]
print(out)
print('DIGEST', hashlib.sha256(out.encode() + m.out.weight.detach().numpy().tobytes()).hexdigest())
