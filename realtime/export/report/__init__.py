"""Reports to be read: one self-contained HTML file each, without network, in one style.

`markup` builds HTML in which every text from outside is escaped; `page`, `figure`, `table` and `key_figures` are the
blocks of a page; `svg` and the charts draw. `fit/` and `compare/` compose the pages of a fit and of a comparison
of them.
"""
