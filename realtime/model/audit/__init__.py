"""A look inside a model file: do its columns do what their names say?"""
