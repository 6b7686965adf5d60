"""Training of tactic generators and value models: data, runs, expert iteration.

`records` is the data; `exploration` and `traces` make it from what Lean accepts and refuses;
`options` is a run as a TOML file; `slots_training` trains the small model, `hf_training` any
Hugging Face model; `improve` goes round and round.
"""
