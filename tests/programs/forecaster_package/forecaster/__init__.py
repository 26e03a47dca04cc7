"""Forecasts a seasonal series with a small network."""
from .pipeline import Pipeline, PipelineConfig

__all__ = ["Pipeline", "PipelineConfig"]
__version__ = "0.3.1"
