"""The mirror: camera picture, observed and predicted faces, numbers, plots."""
