"""reprolint: run it twice, same result? If not, which line is to blame?"""

__version__ = "0.1.0"
