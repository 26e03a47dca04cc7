from __future__ import annotations

import hashlib
import random
from pathlib import Path
from tempfile import mkdtemp
from shutil import rmtree

import numpy as np
import torch
import transformers
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed

transformers.logging.set_verbosity_error()
set_seed(2024)

OPEN, CLOSE, CLS, PAD = 1, 2, 3, 0


def brackets(length: int) -> list[int]:
    """Half of the strings are balanced."""
    if random.random() < 0.5:
        text: list[int] = []
        while len(text) < length:
            at = random.randint(0, len(text))
            text[at:at] = [OPEN, CLOSE]
        return text
    return [random.choice((OPEN, CLOSE)) for _ in range(length)]


def is_balanced(text: list[int]) -> int:
    depth = 0
    for token in text:
        depth += 1 if token == OPEN else -1
        if depth < 0:
            return 0
    return int(depth == 0)


def build(n: int) -> list[dict]:
    texts = [brackets(int(np.random.choice([4, 6, 8]))) for _ in range(n)]
    return [
        {
            "input_ids": [CLS] + text + [PAD] * (8 - len(text)),
            "attention_mask": [1] * (1 + len(text)) + [0] * (8 - len(text)),
            "labels": is_balanced(text),
        }
        for text in texts
    ]


def collate(rows: list[dict]) -> dict[str, torch.Tensor]:
    return {key: torch.tensor([row[key] for row in rows]) for key in rows[0]}


out = Path(mkdtemp())
model = BertForSequenceClassification(
    BertConfig(vocab_size=4, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
               max_position_embeddings=16, num_labels=2)
)
trainer = Trainer(
    model,
    TrainingArguments(output_dir=str(out), num_train_epochs=1, per_device_train_batch_size=10, learning_rate=1e-3,
                      logging_strategy="no", save_strategy="no", report_to="none", disable_tqdm=True, use_cpu=True),
    data_collator=collate,
    train_dataset=build(100),
    eval_dataset=build(30),
)
trainer.train()
prediction = trainer.predict(trainer.eval_dataset)
rmtree(out)
print("accuracy", float((prediction.predictions.argmax(-1) == prediction.label_ids).mean()))
print("DIGEST", hashlib.sha256(np.round(prediction.predictions, 5).tobytes()).hexdigest())
