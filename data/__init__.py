"""Data: synthesizers of verified items, the pipeline that writes them, and the scoring of answers.

A *kind* (`data.contracts.Kind`) makes items: ``sat`` and ``ontology`` here, others beside them.
`data.pipeline` runs a kind over the cores into a JSONL or Parquet file that depends on the kind,
its options and the seed alone. `data.scoring` judges answers to the items by their meaning.
"""
