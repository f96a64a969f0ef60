"""The literature that the method section of a comparison refers to, as BibTeX."""

from __future__ import annotations

# The kind of an entry and its fields, by its key.
REFERENCES = {
    "umeyama1991": (
        "article",
        {
            "author": "Umeyama, Shinji",
            "title": "Least-squares estimation of transformation parameters between two point patterns",
            "journal": "IEEE Transactions on Pattern Analysis and Machine Intelligence",
            "year": "1991", "volume": "13", "number": "4", "pages": "376--380",
        },
    ),
    "lugaresi2019": (
        "article",
        {
            "author": "Lugaresi, Camillo and Tang, Jiuqiang and Nash, Hadon and others",
            "title": "{MediaPipe}: A Framework for Building Perception Pipelines",
            "journal": "arXiv:1906.08172",
            "year": "2019",
        },
    ),
    "kartynnik2019": (
        "article",
        {
            "author": "Kartynnik, Yury and Ablavatski, Artsiom and Grishchenko, Ivan and Grundmann, Matthias",
            "title": "Real-time Facial Surface Geometry from Monocular Video on Mobile {GPUs}",
            "journal": "arXiv:1907.06724",
            "year": "2019",
        },
    ),
    "cheong2023": (
        "article",
        {
            "author": "Cheong, Jin Hyun and Jolly, Eshin and Xie, Tiankang and others",
            "title": "{Py-Feat}: Python Facial Expression Analysis Toolbox",
            "journal": "Affective Science",
            "year": "2023", "volume": "4", "pages": "781--796",
        },
    ),
    "efron1993": (
        "book",
        {
            "author": "Efron, Bradley and Tibshirani, Robert J.",
            "title": "An Introduction to the Bootstrap",
            "publisher": "Chapman and Hall",
            "year": "1993",
        },
    ),
    "hesterberg2015": (
        "article",
        {
            "author": "Hesterberg, Tim C.",
            "title": "What Teachers Should Know About the Bootstrap",
            "journal": "The American Statistician",
            "year": "2015", "volume": "69", "number": "4", "pages": "371--386",
        },
    ),
    "geyer1992": (
        "article",
        {
            "author": "Geyer, Charles J.",
            "title": "Practical {Markov} Chain {Monte} {Carlo}",
            "journal": "Statistical Science",
            "year": "1992", "volume": "7", "number": "4", "pages": "473--483",
        },
    ),
    "sagonas2016": (
        "article",
        {
            "author": "Sagonas, Christos and Antonakos, Epameinondas and Tzimiropoulos, Georgios and Zafeiriou, "
            "Stefanos and Pantic, Maja",
            "title": "300 Faces In-The-Wild Challenge: database and results",
            "journal": "Image and Vision Computing",
            "year": "2016", "volume": "47", "pages": "3--18",
        },
    ),
    "davison1997": (
        "book",
        {
            "author": "Davison, Anthony C. and Hinkley, David V.",
            "title": "Bootstrap Methods and their Application",
            "publisher": "Cambridge University Press",
            "year": "1997",
        },
    ),
    "phipson2010": (
        "article",
        {
            "author": "Phipson, Belinda and Smyth, Gordon K.",
            "title": "Permutation {P}-values Should Never Be Zero: Calculating Exact {P}-values When Permutations Are "
            "Randomly Drawn",
            "journal": "Statistical Applications in Genetics and Molecular Biology",
            "year": "2010", "volume": "9", "number": "1",
        },
    ),
    "theiler1992": (
        "article",
        {
            "author": "Theiler, James and Eubank, Stephen and Longtin, Andr{\\'e} and Galdrikian, Bryan and Farmer, "
            "J. Doyne",
            "title": "Testing for nonlinearity in time series: the method of surrogate data",
            "journal": "Physica D",
            "year": "1992", "volume": "58", "pages": "77--94",
        },
    ),
    "taubin1995": (
        "inproceedings",
        {
            "author": "Taubin, Gabriel",
            "title": "A signal processing approach to fair surface design",
            "booktitle": "Proceedings of SIGGRAPH 95",
            "year": "1995", "pages": "351--358",
        },
    ),
    "hoerl1970": (
        "article",
        {
            "author": "Hoerl, Arthur E. and Kennard, Robert W.",
            "title": "Ridge Regression: Biased Estimation for Nonorthogonal Problems",
            "journal": "Technometrics",
            "year": "1970", "volume": "12", "number": "1", "pages": "55--67",
        },
    ),
    "geary1954": (
        "article",
        {
            "author": "Geary, Roy C.",
            "title": "The Contiguity Ratio and Statistical Mapping",
            "journal": "The Incorporated Statistician",
            "year": "1954", "volume": "5", "number": "3", "pages": "115--146",
        },
    ),
}  # fmt: skip


def bibtex(key: str) -> str:
    """One entry. Raises KeyError."""
    kind, fields = REFERENCES[key]
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
    return "\n".join([f"@{kind}{{{key},", *lines, "}", ""])
