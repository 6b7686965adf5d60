"""Language models behind a server that speaks OpenAI's protocol: vLLM, llama.cpp, SGLang, OpenAI.

`client` gets answers over HTTP, `account` keeps count of what they cost, `generator` asks for
tactics.
"""
