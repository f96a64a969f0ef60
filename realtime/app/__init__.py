"""The programs: each opens everything in one ExitStack, owns threads and windows, and takes one way out.

Nothing below imports them."""
