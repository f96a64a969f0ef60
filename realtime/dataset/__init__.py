"""Data sets and the models that are fit on them: Parquet shards, alignment, sufficient statistics, linear fits."""
