from ._dice import nail_down
from .words import featurise, treebank

__all__ = ["featurise", "nail_down", "treebank"]
