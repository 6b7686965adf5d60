"""Training retrievers from proofs: which premises did the proof of a goal use?

* `examples`: pairs of a goal and the premises that its proof used, read and written as JSONL.
* `lexical`: a ranker that learns from symbols in seconds: the premises of similar theorems.
* `contrastive`: trains an encoder further, so that goals lie near the premises that they need.
"""
