"""The generator ``small``: a language model of about three million parameters, made by Lemma.

It was trained from scratch on what its own searches and explorations verified. What it reads and
writes is in `slots`, the network in `model`, the search for its best tactics in `decoding`.
"""
