"""Plots over time: what they show, which part of the time, and how they are drawn with ImPlot."""

from realtime.view.mirror.plots.plots import Plots as Plots
