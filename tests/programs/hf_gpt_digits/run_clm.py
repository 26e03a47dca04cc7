# Language model of digit strings with the Trainer of transformers. No download: the model starts from scratch.
import hashlib
import tempfile

import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments

BOS = 10


class Squares(torch.utils.data.Dataset):
    """'n*n' written in digits, padded with BOS."""

    def __init__(self, limit=128, block_size=9):
        self.rows = []
        for n in range(1, limit + 1):
            digits = [BOS] + [int(c) for c in str(n)] + [BOS] + [int(c) for c in str(n * n)]
            digits += [BOS] * (block_size - len(digits))
            self.rows.append(torch.tensor(digits[:block_size]))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        return {"input_ids": self.rows[index], "labels": self.rows[index]}


def get_model():
    config = GPT2Config(
        vocab_size=11,
        n_positions=16,
        n_embd=16,
        n_layer=1,
        n_head=2,
        bos_token_id=BOS,
        eos_token_id=BOS,
    )
    return GPT2LMHeadModel(config)


def main():
    model = get_model()
    with tempfile.TemporaryDirectory() as output_dir:
        training_args = TrainingArguments(
            output_dir=output_dir,
            max_steps=12,
            per_device_train_batch_size=16,
            learning_rate=5e-3,
            logging_steps=4,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
            seed=7,
        )
        trainer = Trainer(model=model, args=training_args, train_dataset=Squares())
        result = trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    print("training loss", result.training_loss)
    print("DIGEST", hashlib.sha256(repr((losses, result.training_loss)).encode()).hexdigest())


if __name__ == "__main__":
    main()
