from .blocks import Forecaster

__all__ = ["Forecaster"]
