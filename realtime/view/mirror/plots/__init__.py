"""Plots over time, drawn with ImPlot."""

from realtime.view.mirror.plots.charts import PlottedFace as PlottedFace
from realtime.view.mirror.plots.plots import Plots as Plots
