"""Training retrievers from proofs: which premises did the proof of a goal use?

* `examples`: goals and the premises that their proofs used, in the order of a library.
* `learned`: a ranker that learns in seconds, by weighing `evidence`: shared symbols (`incidence`)
  and the proofs of similar theorems.
* `contrastive`: trains an encoder further, by `batches` with hard negatives, under `options`.
* `retriever`: trains and measures both; `trained` loads what that has made.
"""
