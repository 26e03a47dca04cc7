from tasks.base import TASKS
from tasks import queueing, walks  # noqa: F401

__all__ = ["TASKS"]
