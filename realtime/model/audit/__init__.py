"""Audit of a model file: do its columns move the face as their labels claim?"""
