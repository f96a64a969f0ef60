"""Values passed from stage to stage, settings, errors, commands and status, small helpers of the standard library.

Imports numpy and pydantic at most, and nothing of the other rooms."""
