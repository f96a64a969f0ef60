"""Heads as glTF 2.0 files: a model's features as morph targets, and a session as an animation."""
