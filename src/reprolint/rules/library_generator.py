"""RPL204: randomness of a library's own, which no global seed reaches, and which nothing seeds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from reprolint.rules.rule import Problem, Rule
from reprolint.rules.wording import page

if TYPE_CHECKING:
    from reprolint.trace.story import OwnDraw, Story

_WHY: Final = "draws from a generator of its own, which starts from fresh entropy; no global seed reaches it"


def _check(story: Story) -> Iterable[Problem]:
    if story.gave_up:
        return
    told: set[str] = set()
    for draw in story.own.values():
        generator = draw.generator
        if generator is not None and draw.source is None:
            if generator.name in told or story.seeds(generator):
                continue
            if generator.once:
                told.add(generator.name)
        yield Problem(_message(draw), draw.place, draw.chain)


def _message(draw: OwnDraw) -> str:
    row, generator = draw.row, draw.generator
    made = draw.chain[-1].text
    if draw.source is not None:
        constant = f"`{made[:-1]}42)`" if row.required else f"`{row.argument}=42`"
        return f"`{made}` gets another seed in every run: {draw.detail}. Pass it a constant, as in {constant}."
    why = row.why or (generator.why if generator is not None else "") or _WHY
    if draw.detail:
        return f"`{made}` {why}, and {draw.detail}. Give it a constant default."
    remedy = row.remedy or (f"Pass `{row.argument}=42`." if row.argument else generator.remedy if generator is not None else "")
    return f"`{made}` {why}. {remedy}"


RULES = (
    Rule(
        "RPL204",
        "unseeded-library-generator",
        "error",
        page(
            "A library draws from a generator of its own that nothing seeds.",
            "Reports calls whose randomness comes from a generator that the library keeps to itself, where a program reaches them without the argument "
            "that seeds it: the samplers of Optuna and `create_study()` without one, the engines of `scipy.stats.qmc`, the start vectors of `eigsh` and "
            "`svds`, `UMAP` without `random_state`, `albumentations.Compose` with random transforms, `env.reset()` and `action_space.sample()` of "
            "gymnasium, the shuffling of streams by `datasets`, MONAI's transforms, Polars' `sample`, `hyperopt.fmin`, and more. What draws from one "
            "generator of a whole library (TensorFlow, CuPy) is reported once a program. A key of JAX made from the clock counts, too.",
            "`random.seed`, `np.random.seed` and `torch.manual_seed` do not reach such a generator, so that a program with all three still gives other "
            "results in every run. Each library says how to seed its own: "
            "https://optuna.readthedocs.io/en/stable/faq.html#how-can-i-obtain-reproducible-optimization-results, "
            "https://docs.scipy.org/doc/scipy/reference/stats.qmc.html, https://gymnasium.farama.org/api/spaces/#gymnasium.spaces.Space.seed, "
            "https://albumentations.ai/docs/4-advanced-guides/reproducibility/, https://www.tensorflow.org/api_docs/python/tf/random/set_seed.",
            "sampler = optuna.samplers.TPESampler()",
            "sampler = optuna.samplers.TPESampler(seed=42)",
            "Where no program comes by; where the argument may be given, by whatever value that is neither None nor another in every run; where the program seeds the generator in another way "
            "(`tf.random.set_seed`, `monai.utils.set_determinism`, `env.seed(…)` or `reset(seed=…)` on any object), even in code that may not run;\n"
            "`secrets`, `uuid`, `os.urandom` and `SystemRandom`, which are meant to be unpredictable; OpenCV, whose generator starts from a constant.",
            "Safe where the seed is one more argument: the program's own where one is at hand. Unsafe where the call stands in a loop, for all objects "
            "would draw the same numbers, where older versions of the library do not know the argument, and where a seed that varies is replaced by a "
            "constant. None where another object or a call has to be added.",
        ),
        _check,
        fix="safe",
        per_line=True,
    ),
)
