"""The timeline: movement, emotions and usability over time, of a recording as a whole or of the last minutes."""

from realtime.view.mirror.timeline.timeline import Timeline as Timeline
