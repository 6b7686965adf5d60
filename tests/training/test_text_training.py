"""Training of tiny Hugging Face models: causal and sequence-to-sequence, whole and with LoRA."""

from __future__ import annotations

import pytest

from prover.contracts import InputError
from prover.training.options import read_run
from prover.training.runs import train_run
from tests.training.worlds import records, write

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")


def silent(*_):
    """Nobody watches."""


@pytest.fixture(scope="module", params=["causal", "seq2seq"])
def base(request, tmp_path_factory):
    """A tiny model folder with a vocabulary of bytes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import (
        GPT2Config,
        GPT2LMHeadModel,
        PreTrainedTokenizerFast,
        T5Config,
        T5ForConditionalGeneration,
    )

    torch.set_num_threads(1)
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp(request.param)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = {word: i for i, word in enumerate(["<pad>", "</s>", *alphabet])}
    inner = Tokenizer(models.BPE(words, []))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="</s>",
                                        pad_token="<pad>")
    tokenizer.save_pretrained(folder)
    if request.param == "causal":
        model = GPT2LMHeadModel(GPT2Config(
            vocab_size=len(words), n_embd=32, n_layer=2, n_head=2, n_positions=512,
            bos_token_id=1, eos_token_id=1, pad_token_id=0))
    else:
        model = T5ForConditionalGeneration(T5Config(
            vocab_size=len(words), d_model=32, d_ff=64, num_layers=1, num_heads=2, d_kv=16,
            decoder_start_token_id=0, eos_token_id=1, pad_token_id=0))
    model.save_pretrained(folder)
    return folder


def run_of(tmp_path, base, out="out", more="", epochs=4, layout="bfs-prover"):
    write(tmp_path / "records.jsonl", records(24))
    path = tmp_path / f"{out}.toml"
    path.write_text(
        f'out = "{out}"\n[data]\nrecords = ["records.jsonl"]\nvalidation = 0.2\n'
        f'[model]\nbase = "{base}"\nformat = "{layout}"\nmax_length = 200\n'
        f"[training]\nepochs = {epochs}\nbatch_size = 6\nlearning_rate = 3e-3\n{more}")
    return read_run(path)


def test_fine_tuning_and_preferences(tmp_path, base):
    run = run_of(tmp_path, base, more="[dpo]\nepochs = 1\n", epochs=12)
    report = train_run(run, "generator", silent)
    log = (report.out / "sft" / "log.jsonl").read_text().splitlines()
    assert len(log) >= 3, log
    assert report.stages["sft"]["loss"] < 4.5  # 5.6 is what knowing nothing of 258 bytes gives
    assert "loss" in report.stages["dpo"]
    from transformers import AutoConfig, AutoTokenizer

    AutoConfig.from_pretrained(report.out)
    AutoTokenizer.from_pretrained(report.out)
    assert list(report.out.glob("model*.safetensors"))


def test_lora_trains_few_weights(tmp_path, base):
    pytest.importorskip("peft")
    report = train_run(run_of(tmp_path, base, more="[lora]\nrank = 2\n", epochs=1), "generator",
                       silent)
    assert report.parameters < 5000
    assert (report.out / "adapter_model.safetensors").exists()


def test_a_template_goes_with_the_model(tmp_path, base):
    run = run_of(tmp_path, base, layout="{state} PROOF", epochs=0.2)
    report = train_run(run, "generator", silent)
    assert (report.out / "prompt_template.txt").read_text() == "{state} PROOF"


def test_value_models_are_trained(tmp_path, base):
    report = train_run(run_of(tmp_path, base, epochs=1), "value", silent)
    assert report.stages["value"]["loss"] < 1.0


def test_a_base_that_is_none_is_told(tmp_path):
    with pytest.raises(InputError, match=r"model.base: "):
        train_run(run_of(tmp_path, tmp_path / "nothing"), "generator", silent)
