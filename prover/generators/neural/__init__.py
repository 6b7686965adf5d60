"""Language models run here, in this process: prompts, loading, decoding, proposals."""
