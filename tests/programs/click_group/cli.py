#!/usr/bin/env python
import click

from commands import describe, simulate


@click.group()
@click.option("--verbose/--quiet", default=False)
@click.pass_context
def cli(ctx, verbose):
    """Queues at a counter."""
    ctx.ensure_object(dict)
    ctx.obj["verbose"] = verbose


cli.add_command(describe)
cli.add_command(simulate)

if __name__ == "__main__":
    cli()
