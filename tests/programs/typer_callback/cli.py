"""Game of dice on the command line."""
import hashlib
import random
from collections import Counter

import typer

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def common(
    seed: int = typer.Option(17, help="Seed of every command."),
    verbose: bool = typer.Option(False, "--verbose", "-v"),
) -> None:
    random.seed(seed)
    if verbose:
        typer.secho(f"seed {seed}", fg=typer.colors.BLUE, err=True)


def roll(dice: int, sides: int = 6) -> list:
    return [random.randint(1, sides) for _ in range(dice)]


def report(values) -> None:
    typer.echo("DIGEST " + hashlib.sha256(repr(values).encode()).hexdigest())


@app.command()
def totals(rounds: int = typer.Option(500, min=1), dice: int = typer.Option(3, min=1)) -> None:
    """Distribution of the sum of several dice."""
    counts = Counter(sum(roll(dice)) for _ in range(rounds))
    for total in sorted(counts):
        typer.echo(f"{total:3d} {counts[total]}")
    report(sorted(counts.items()))


@app.command("yahtzee")
def until_equal(dice: int = 5, games: int = 20) -> None:
    """Throws until all dice are equal, keeping the most frequent face."""
    needed = []
    for _ in range(games):
        kept, throws = [], 0
        while len(kept) < dice:
            faces = kept + roll(dice - len(kept))
            best = Counter(sorted(faces)).most_common(1)[0][0]
            kept = [face for face in faces if face == best]
            throws += 1
        needed.append(throws)
    typer.echo(f"mean {sum(needed) / games:.2f}, longest {max(needed)}")
    report(needed)


if __name__ == "__main__":
    app()
