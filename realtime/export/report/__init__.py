"""Reports to be read: one self-contained HTML file each, without network, in one style.

`markup` builds HTML in which every text from outside is escaped; `page`, `figure`, `table` and `key_figures` are the
blocks of a page; `svg` and the charts draw. `fit/` composes the page of a fit of them.
"""
