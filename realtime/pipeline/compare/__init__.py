"""Comparison of predicted with observed faces over recordings: one recording is one job, its numbers are one part."""
