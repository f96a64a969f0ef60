"""The errors that a user can meet, each with its exit code. One place (`realtime.cli`) turns them into exits."""

from __future__ import annotations


class MeshmirrorError(Exception):
    """Base of these errors. Its text says what went wrong, in which file, what differs, and what to do about it."""

    exit_code = 1


class UsageError(MeshmirrorError):
    """A wrong option or setting."""

    exit_code = 2


class ConfigError(UsageError):
    """An unknown key, or a value out of its range."""


class SourceError(MeshmirrorError):
    """A camera, video, address or picture cannot be read."""

    exit_code = 3


class DisplayError(MeshmirrorError):
    """No window and no offscreen OpenGL context can be made."""

    exit_code = 3


class DisplayLostError(DisplayError):
    """The window is gone while the program runs: the X server has ended, or another program has destroyed it."""


class TrackerError(MeshmirrorError):
    """A tracker cannot be started, or failed permanently."""

    exit_code = 3


class NetworkError(MeshmirrorError):
    """py-feat's network cannot be converted or run on this machine."""

    exit_code = 3


class RecordError(MeshmirrorError):
    """A video, picture or table cannot be written."""

    exit_code = 3


class ClusterError(MeshmirrorError):
    """A process, worker or scheduler that computes is gone."""

    exit_code = 3


class ModelFileError(MeshmirrorError):
    """A model file is not acceptable."""

    exit_code = 4


class SessionError(MeshmirrorError):
    """A recorded session, or a file of it, is not acceptable."""

    exit_code = 4


class NewerFormatError(SessionError):
    """A newer program recorded this."""


class DamagedError(SessionError):
    """A file of a session is damaged; the others may be fine."""


class DataSetError(MeshmirrorError):
    """A data set, or a shard of it, is not acceptable, or cannot be fit on."""

    exit_code = 4


class SettingError(MeshmirrorError):
    """A text or file is not a valid input (features and pose) for a model."""

    exit_code = 4


class FeatureError(UsageError):
    """Features or pose passed to a model do not fit it."""
