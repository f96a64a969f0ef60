"""`python -m realtime` is `meshmirror`."""

from realtime.cli import main

if __name__ == "__main__":
    main()
