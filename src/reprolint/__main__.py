"""``python -m reprolint``."""

import sys

if not getattr(sys.flags, "safe_path", False):
    # `-m` puts the working directory first, and the project there may have a random.py or click.py, which must not run.
    del sys.path[0]

from reprolint.cli import main

if __name__ == "__main__":
    sys.exit(main())
