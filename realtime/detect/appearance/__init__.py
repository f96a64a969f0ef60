"""The emotion source `appearance`: a small classifier that sees the picture and not the mesh, in this process.

Its file is fetched on request only (`realtime.detect.appearance.classifier_file`). Importing this loads numpy and no
more; OpenVINO and OpenCV are loaded with the classifier.
"""

from realtime.detect.appearance.classifier import AT_ONCE, AppearanceClassifier
from realtime.detect.appearance.classifier_file import APPEARANCE_COMMAND, find_appearance
from realtime.detect.appearance.crop import LeveledSquare

__all__ = ["APPEARANCE_COMMAND", "AT_ONCE", "AppearanceClassifier", "LeveledSquare", "find_appearance"]
