"""Agents that trade over an asyncio queue."""
import asyncio
import hashlib
import random
import statistics
import sys


class Trader:
    def __init__(self, name: str, cash: float = 100.0) -> None:
        self.name = name
        self.cash = cash
        self.belief = random.lognormvariate(1.0, 0.3)

    async def quotes(self, market: "asyncio.Queue[tuple[float, str]]", n: int) -> None:
        for _ in range(n):
            await market.put((self.belief * random.uniform(0.9, 1.1), self.name))
            await asyncio.sleep(0)

    def learn(self, price: float) -> None:
        self.belief += 0.1 * (price - self.belief)


async def clear(market: "asyncio.Queue[tuple[float, str]]", traders: "list[Trader]", n: int) -> "list[float]":
    prices: "list[float]" = []
    book: "list[float]" = []
    for _ in range(n):
        quote, _name = await market.get()
        book.append(quote)
        if len(book) == len(traders):
            prices.append(statistics.median(book))
            book.clear()
            for trader in traders:
                trader.learn(prices[-1])
    return prices


async def main() -> int:
    traders = [Trader(f"agent-{i}") for i in range(5)]
    market: "asyncio.Queue[tuple[float, str]]" = asyncio.Queue(maxsize=3)
    rounds = 12
    *_, prices = await asyncio.gather(
        *(trader.quotes(market, rounds) for trader in traders), clear(market, traders, rounds * len(traders))
    )
    print("prices", " ".join(f"{price:.3f}" for price in prices))
    print("DIGEST", hashlib.sha256(repr(prices).encode()).hexdigest())
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
