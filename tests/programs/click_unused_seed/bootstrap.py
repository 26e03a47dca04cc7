"""Bootstrap confidence interval of a difference of medians."""
import hashlib
import io

import click
import pandas as pd

MEASUREMENTS = """\
group,value
control,4.1
control,5.6
control,4.9
control,6.2
control,5.1
control,4.4
treated,6.0
treated,7.4
treated,5.8
treated,6.9
treated,8.1
treated,6.6
"""


def difference(frame):
    medians = frame.groupby("group")["value"].median()
    return medians["treated"] - medians["control"]


def resample(frame):
    parts = [part.sample(frac=1.0, replace=True) for _, part in frame.groupby("group")]
    return pd.concat(parts, ignore_index=True)


def estimate(repeats, level, seed):
    frame = pd.read_csv(io.StringIO(MEASUREMENTS))
    click.echo(f"observed {difference(frame):.2f}")
    draws = pd.Series([difference(resample(frame)) for _ in range(repeats)])
    low, high = draws.quantile([(1 - level) / 2, (1 + level) / 2])
    click.echo(f"{level:.0%} interval [{low:.3f}, {high:.3f}]")
    click.echo("DIGEST " + hashlib.sha256(draws.round(6).to_csv().encode()).hexdigest())


main = click.command(help=__doc__)(
    click.option("--repeats", default=150, show_default=True)(
        click.option("--level", default=0.9, show_default=True)(
            click.option("--seed", default=2024, show_default=True, help="Seed of the resampling.")(estimate)
        )
    )
)

if __name__ == "__main__": main()
