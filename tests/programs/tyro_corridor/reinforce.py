# one file, in the manner of CleanRL
import hashlib
import os
import random
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn
import tyro
from torch.distributions.categorical import Categorical


@dataclass
class Args:
    exp_name: str = os.path.basename(__file__)[: -len(".py")]
    """the name of this experiment"""
    seed: int = 1
    """seed of the experiment"""
    torch_deterministic: bool = True
    total_episodes: int = 40
    learning_rate: float = 2e-2
    gamma: float = 0.95
    corridor: int = 5


class Corridor:
    """Walk to the right end; the floor is slippery."""

    def __init__(self, length):
        self.length = length

    def reset(self):
        self.at = np.random.randint(self.length // 2)
        return self.observe()

    def observe(self):
        return np.eye(self.length, dtype=np.float32)[self.at]

    def step(self, action):
        if random.random() < 0.1:
            action = 1 - action
        self.at = max(0, self.at + (1 if action == 1 else -1))
        done = self.at >= self.length - 1
        return self.observe(), (1.0 if done else -0.05), done


class Policy(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.network = nn.Sequential(nn.Linear(size, 16), nn.Tanh(), nn.Linear(16, 2))

    def get_action(self, obs):
        dist = Categorical(logits=self.network(torch.as_tensor(obs)))
        action = dist.sample()
        return action.item(), dist.log_prob(action)


if __name__ == "__main__":
    args = tyro.cli(Args)

    # TRY NOT TO MODIFY: seeding
    random.seed(args.seed)
    np.random.seed(args.seed)
    torch.backends.cudnn.deterministic = args.torch_deterministic

    env = Corridor(args.corridor)
    policy = Policy(args.corridor)
    optimizer = torch.optim.Adam(policy.parameters(), lr=args.learning_rate)
    returns = []
    for episode in range(args.total_episodes):
        obs, log_probs, rewards = env.reset(), [], []
        for _ in range(40):
            action, log_prob = policy.get_action(obs)
            obs, reward, done = env.step(action)
            log_probs.append(log_prob)
            rewards.append(reward)
            if done:
                break
        weight, g = [], 0.0
        for reward in reversed(rewards):
            g = reward + args.gamma * g
            weight.insert(0, g)
        loss = -(torch.stack(log_probs) * torch.tensor(weight)).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        returns.append(round(sum(rewards), 4))
    print(f"{args.exp_name}: last returns {returns[-3:]}")
    print("DIGEST", hashlib.sha256(str(returns).encode()).hexdigest())
