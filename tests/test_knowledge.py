"""The knowledge base loads, is sound, and says what is true."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from reprolint.knowledge import (
    FLAGS,
    TENSOR,
    UNKNOWN,
    Draw,
    Knowledge,
    Own,
    Provenance,
    Tables,
    Version,
    _add,
    load,
    parsed_version,
)
from reprolint.model import FAMILIES

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load()


def drawn(knowledge: Knowledge, name: str, on: str = "call", **arguments: object) -> tuple[str, ...] | None:
    """Return the families that a use of ``name`` draws from: none for no draw, None where it cannot be told."""
    answers = {row.holds(arguments): row for row in knowledge.draws(knowledge.canonical(name)) if row.on == on}
    if True in answers:
        return answers[True].families
    return None if None in answers else ()


# ------------------------------------------------------------------------------------------------------ soundness


def test_every_row_has_a_provenance(knowledge: Knowledge) -> None:
    tables = knowledge.tables
    rows: list[Any] = [*tables.seeds.values(), *tables.scopes.values(), *tables.varying.values()]
    rows += tables.passthrough.values()
    for several in (
        *tables.draws.values(),
        *tables.flags.values(),
        *tables.runners.values(),
        *tables.nondeterministic.values(),
        *tables.own.values(),
    ):
        rows += several
    rows += tables.generators.values()
    for row in rows:
        assert row.provenance.how in ("measured", "source", "docs"), row
        assert row.provenance.version or row.provenance.url, row


def test_draws_are_complete(knowledge: Knowledge) -> None:
    for name, rows in knowledge.tables.draws.items():
        for row in rows:
            assert row.families, name
            named = {*row.unless_given, *row.unless_true, *row.when_given, *row.when, *row.unless}
            assert set(row.defaults) <= named, f"{name}: a default of an argument that no condition names"
            assert not row.parameters or named & set(row.parameters), f"{name}: positions of no argument that matters"


def test_own_generators_are_complete(knowledge: Knowledge) -> None:
    used = set()
    for name, rows in knowledge.tables.own.items():
        assert knowledge.canonical(name) == name
        for row in rows:
            generator = knowledge.generator(row.generator)
            assert generator is not None or not row.generator, f"{name}: no such generator"
            assert row.remedy or row.argument or (generator is not None and generator.remedy), f"{name}: says no way out"
            assert not row.argument or row.required or row.argument in row.unless_given, f"{name}: draws even with a seed"
            assert not row.since or row.argument, f"{name}: a version without an argument"
            assert set(row.defaults) <= {*row.when, *row.unless, *row.when_given, *row.unless_given}, name
            used.add(row.generator)
    assert used - {""} == set(knowledge.tables.generators)
    for name, generator in knowledge.tables.generators.items():
        ours = [row for row in knowledge.tables.seeds.values() if row.other == name]
        assert generator.seeders or generator.methods or ours, f"{name}: nothing seeds it"


def test_seeders_are_complete(knowledge: Knowledge) -> None:
    for name, row in knowledge.tables.seeds.items():
        assert row.families or row.accelerators or row.other, name
        assert not (row.argument and row.from_argument), name
        assert row.position is None or row.argument or row.from_argument, name


def test_no_alias_leads_in_a_circle(knowledge: Knowledge) -> None:
    for spelling in knowledge.tables.aliases:
        canonical = knowledge.canonical(spelling.replace("*", "x"))
        assert knowledge.canonical(canonical) == canonical, spelling


def test_rows_stand_under_canonical_names(knowledge: Knowledge) -> None:
    tables = knowledge.tables
    for section in (tables.draws, tables.seeds, tables.scopes, tables.flags, tables.varying, tables.passthrough):
        for name in section:
            assert knowledge.canonical(name) == name
    for name, kind in tables.returns.items():
        assert knowledge.canonical(name) == name
        assert knowledge.canonical(kind) == kind


@pytest.mark.parametrize("path", sorted((ROOT / "src/reprolint/knowledge").glob("*.toml")), ids=lambda path: path.name)
def test_groups_are_sorted(path: Path) -> None:
    """A reader finds a name where the alphabet says, within its group."""
    group: list[str] = []
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        key = re.match(r'"([^"]+)" = ', line)
        if key:
            group.append(key[1])
        elif not line or line.startswith(("#", "[")):
            if not any("*" in name for name in group):
                assert group == sorted(group, key=str.lower), path.name
            group = []


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"families": ["numpy"], "colour": 1}, 'unknown key "colour"'),
        ({"families": ["jax"]}, '"families" must be a list of python, numpy, torch'),
        ({}, '"families" is missing'),
        ({"families": ["numpy"], "on": "call me"}, '"on" must be one of call, fit'),
        ({"families": ["numpy"], "how": "guessed"}, '"how" must be one of'),
        ({"families": ["numpy"], "unless_given": "seed"}, '"unless_given" must be a list of names'),
        ({"families": ["numpy"], "when": {"shuffle": {}}}, '"shuffle" must be a plain value'),
        ({"families": ["numpy"], "defaults": {"shuffle": [1, 2]}}, '"defaults" must be a table of single values'),
        ({"families": ["numpy"], "training": 1}, '"training" must be true or false'),
        (3, "must be a table, not int"),
    ],
)
def test_a_bad_row_is_refused(row: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        _add(Tables(), {"library": {"how": "docs"}, "draws": {"a.b": row}}, "a.toml")
    assert 'a.toml: draws."a.b"' in str(error.value)


def test_a_row_without_provenance_is_refused() -> None:
    with pytest.raises(ValueError, match='"how" must be one of'):
        _add(Tables(), {"draws": {"a.b": {"families": ["numpy"]}}}, "a.toml")


def test_a_name_stands_in_one_file_only() -> None:
    tables = Tables()
    document = {"library": {"how": "docs"}, "draws": {"a.b": {"families": ["numpy"]}}}
    _add(tables, document, "a.toml")
    with pytest.raises(ValueError, match="stands in another file too"):
        _add(tables, document, "b.toml")


def test_an_unknown_section_is_refused() -> None:
    with pytest.raises(ValueError, match='unknown key "drawers"'):
        _add(Tables(), {"drawers": {}}, "a.toml")


# ---------------------------------------------------------------------------------------------------------- draws


@pytest.mark.parametrize(
    ("name", "on", "arguments", "families"),
    [
        ("random.shuffle", "call", {}, ("python",)),
        ("random.Random", "call", {}, ()),
        ("numpy.random.shuffle", "call", {}, ("numpy",)),
        ("numpy.random.mtrand.rand", "call", {}, ("numpy",)),
        ("numpy.random.default_rng", "call", {}, ()),
        ("torch.rand", "call", {}, ("torch",)),
        ("torch.rand", "call", {"generator": UNKNOWN}, None),
        ("torch.rand", "call", {"generator": None}, ("torch",)),
        ("torch.zeros", "call", {}, ()),
        ("torch.Tensor.normal_", "call", {}, ("torch",)),
        ("torch.FloatTensor.uniform_", "call", {}, ("torch",)),
        ("torch.nn.Linear", "call", {}, ("torch",)),
        ("torch.nn.modules.linear.Linear", "call", {}, ("torch",)),
        ("torch.nn.Linear", "call", {"device": "meta"}, ()),
        ("torch.nn.BatchNorm2d", "call", {}, ()),
        ("torch.nn.LazyLinear", "call", {}, ()),
        ("torch.nn.LazyLinear", "apply", {}, ("torch",)),
        ("torch.nn.init.xavier_uniform", "call", {}, ("torch",)),
        ("torch.nn.init.constant_", "call", {}, ()),
        ("torch.nn.functional.dropout", "call", {}, ("torch",)),
        ("torch.nn.functional.dropout", "call", {"training": False}, ()),
        ("torch.nn.functional.dropout", "call", {"training": UNKNOWN}, None),
        ("torch.nn.functional.alpha_dropout", "call", {}, ()),
        ("torch.distributions.Normal.sample", "call", {}, ("torch",)),
        ("torch.distributions.normal.Normal.rsample", "call", {}, ("torch",)),
        ("torch.distributions.Normal.log_prob", "call", {}, ()),
        ("torch.utils.data.DataLoader", "iterate", {"shuffle": True}, ("torch",)),
        ("torch.utils.data.DataLoader", "iterate", {}, ()),
        ("torch.utils.data.DataLoader", "call", {"shuffle": True}, ()),
        ("torch.utils.data.random_split", "call", {}, ("torch",)),
        ("sklearn.model_selection.train_test_split", "call", {}, ("numpy",)),
        ("sklearn.model_selection.train_test_split", "call", {"random_state": 0}, ()),
        ("sklearn.model_selection.train_test_split", "call", {"random_state": None}, ("numpy",)),
        ("sklearn.model_selection.train_test_split", "call", {"shuffle": False}, ()),
        ("sklearn.model_selection.KFold", "split", {}, ()),
        ("sklearn.model_selection.KFold", "split", {"shuffle": True}, ("numpy",)),
        ("sklearn.model_selection.KFold", "split", {"shuffle": True, "random_state": 0}, ()),
        ("sklearn.ensemble.RandomForestClassifier", "fit", {}, ("numpy",)),
        ("sklearn.ensemble.RandomForestClassifier", "call", {}, ()),
        ("sklearn.linear_model.Lasso", "fit", {}, ()),
        ("sklearn.linear_model.Lasso", "fit", {"selection": "random"}, ("numpy",)),
        ("sklearn.linear_model.LogisticRegression", "fit", {}, ()),
        ("sklearn.linear_model.LogisticRegression", "fit", {"solver": "saga"}, ("numpy",)),
        ("sklearn.linear_model.Perceptron", "fit", {}, ()),
        ("sklearn.linear_model.Perceptron", "fit", {"random_state": None}, ("numpy",)),
        ("sklearn.linear_model.SGDClassifier", "fit", {"shuffle": False}, ()),
        ("sklearn.decomposition.PCA", "fit", {}, ()),
        ("sklearn.decomposition.PCA", "fit", {"svd_solver": UNKNOWN}, None),
        ("sklearn.svm.SVC", "fit", {"probability": True}, ("numpy",)),
        ("sklearn.cluster.KMeans", "fit", {"init": UNKNOWN}, None),
        ("sklearn.linear_model.LinearRegression", "fit", {}, ()),
        ("scipy.stats.norm.rvs", "call", {}, ("numpy",)),
        ("scipy.stats.norm.rvs", "call", {"random_state": 0}, ()),
        ("scipy.stats.norm.pdf", "call", {}, ()),
        ("pandas.core.frame.DataFrame.sample", "call", {}, ("numpy",)),
        ("networkx.erdos_renyi_graph", "call", {}, ("python",)),
        ("networkx.spring_layout", "call", {}, ("numpy",)),
        ("networkx.spring_layout", "call", {"seed": 0}, ()),
        ("networkx.betweenness_centrality", "call", {}, ()),
        ("imblearn.over_sampling.SMOTE", "fit", {}, ("numpy",)),
        ("torchvision.models.resnet18", "call", {}, ("torch",)),
        ("torchvision.models.resnet18", "call", {"weights": "DEFAULT"}, ()),
        ("torchvision.models.resnet.resnet18", "call", {"pretrained": False}, ("torch",)),
        ("torchvision.models.resnet18", "call", {"pretrained": True}, ()),
        ("torchvision.models.list_models", "call", {}, ()),
        ("torchvision.models.ResNet18_Weights", "call", {}, ()),
        ("torchvision.transforms.RandomCrop", "apply", {}, ("torch",)),
        ("torchvision.transforms.RandomChoice", "apply", {}, ("python",)),
        ("torchvision.transforms.v2.RandomChoice", "apply", {}, ("torch",)),
        ("torchvision.transforms.CenterCrop", "apply", {}, ()),
        ("timm.create_model", "call", {"pretrained": True}, ()),
        ("timm.create_model", "call", {}, ("torch",)),
        ("transformers.LlamaForCausalLM", "call", {}, ("torch",)),
        ("transformers.models.bert.modeling_bert.BertModel", "call", {}, ("torch",)),
        ("transformers.TFBertModel", "call", {}, ()),
        ("transformers.BertTokenizer", "call", {}, ()),
        ("transformers.BertConfig", "call", {}, ()),
        ("transformers.TrainingArguments", "call", {}, ()),
        ("transformers.Trainer", "call", {}, ()),
        ("transformers.AutoModelForCausalLM", "call", {}, ()),
        ("transformers.DataCollatorForSeq2Seq", "call", {}, ()),
        ("transformers.AutoModelForCausalLM.from_pretrained", "call", {}, ()),
        ("transformers.AutoModelForCausalLM.from_config", "call", {}, ("torch",)),
        ("transformers.AutoModelForSequenceClassification.from_pretrained", "call", {}, ("torch",)),
        ("transformers.AutoModelForCausalLM.generate", "call", {"do_sample": True}, ("torch",)),
        ("transformers.AutoModelForCausalLM.generate", "call", {}, ()),
        ("datasets.Dataset.train_test_split", "call", {"seed": 0}, ()),
        ("datasets.Dataset.shuffle", "call", {}, ("numpy",)),
    ],
)
def test_what_draws(
    knowledge: Knowledge, name: str, on: str, arguments: dict[str, object], families: tuple[str, ...] | None
) -> None:
    assert drawn(knowledge, name, on, **arguments) == families


def test_a_draw_of_training_only_says_so(knowledge: Knowledge) -> None:
    assert [row.training for row in knowledge.draws("torch.nn.Dropout")] == [True]


def test_a_bool_is_no_number() -> None:
    row = Draw("a", ("numpy",), Provenance("docs"), unless={"max_features": (1,)})
    assert row.holds({"max_features": True}) is True
    assert row.holds({"max_features": 1}) is False


def test_the_most_literal_pattern_wins(knowledge: Knowledge) -> None:
    rows = {"a.*": {"families": ["torch"]}, "a.*_b": [], "a.c_b": {"families": ["numpy"]}}
    extended = knowledge.extended({}, rows)
    assert [[row.families for row in extended.draws(name)] for name in ("a.x", "a.x_b", "a.c_b", "a.x.y")] == [
        [("torch",)],
        [],
        [("numpy",)],
        [],
    ]


# ---------------------------------------------------------------------------------------------------------- seeds


@pytest.mark.parametrize(
    ("name", "families", "default", "none"),
    [
        ("random.seed", ("python",), None, "entropy"),
        ("numpy.random.seed", ("numpy",), None, "entropy"),
        ("torch.random.manual_seed", ("torch",), None, "error"),
        ("torch.cuda.manual_seed_all", (), None, "error"),
        ("torch.seed", ("torch",), None, "entropy"),
        ("pytorch_lightning.seed_everything", FAMILIES, None, "constant"),
        ("lightning.seed_everything", FAMILIES, None, "constant"),
        ("transformers.set_seed", FAMILIES, None, "error"),
        ("transformers.Trainer", FAMILIES, 42, "error"),
        ("timm.utils.random.random_seed", FAMILIES, 42, "error"),
        ("monai.utils.set_determinism", FAMILIES, 2**32 - 1, "entropy"),
        ("detectron2.utils.env.seed_all_rng", FAMILIES, None, "entropy"),
        ("xgboost.cv", ("numpy",), 0, "error"),
        ("tensorflow.random.set_seed", (), None, "error"),
    ],
)
def test_what_seeds(knowledge: Knowledge, name: str, families: object, default: int | None, none: str) -> None:
    row = knowledge.seed(knowledge.canonical(name))
    assert row is not None
    assert (row.families, row.default, row.none) == (families, default, none)


def test_a_constructor_seeds_from_its_arguments(knowledge: Knowledge) -> None:
    row = knowledge.seed("transformers.Trainer")
    assert row is not None
    assert (row.argument, row.from_argument, row.position) == (None, "args.seed", 1)


def test_what_a_seeder_sets_besides(knowledge: Knowledge) -> None:
    full = knowledge.seed("transformers.enable_full_determinism")
    plain = knowledge.seed("transformers.set_seed")
    assert full is not None
    assert plain is not None
    assert set(full.flags) == FLAGS
    assert plain.flags == {}
    assert plain.flags_when == {"deterministic": {"deterministic_algorithms": True}}


def test_the_other_sections(knowledge: Knowledge) -> None:
    assert knowledge.captures("random.getstate") == "python"
    assert knowledge.restores("torch.set_rng_state") == "torch"
    assert knowledge.captures("random.seed") is None
    scope = knowledge.scope("fastai.torch_core.no_random")
    assert scope is not None
    assert (scope.families, scope.seeds, scope.default) == (FAMILIES, FAMILIES, 42)
    assert [flag.sets for flag in knowledge.flag("torch.use_deterministic_algorithms")] == ["deterministic_algorithms"]
    assert knowledge.flag("torch.backends.cudnn.benchmark")[0].attribute
    assert knowledge.flag("torch.backends.cudnn.enabled") == ()
    assert knowledge.varying("time.time") is not None
    assert knowledge.varying("secrets.SystemRandom.random") is not None
    assert knowledge.varying("socket.gethostname") is None
    assert knowledge.varying("torch.initial_seed") is None
    assert knowledge.returns("pandas.read_csv") == "pandas.DataFrame"
    assert knowledge.returns("transformers.BertModel.from_pretrained") == "transformers.BertModel"
    assert knowledge.returns("pandas.DataFrame.sum") is None
    prepare = knowledge.passthrough("accelerate.Accelerator.prepare")
    bar = knowledge.passthrough(knowledge.canonical("tqdm.auto.tqdm"))
    assert prepare is not None
    assert bar is not None
    assert (prepare.returns, bar.returns) == ("arguments", "first")


def nondeterministic(version: Version | None, name: str, **arguments: object) -> str:
    """What PyTorch does about an operation under `use_deterministic_algorithms`; "" where it is deterministic anyway."""
    rows = [row for row in load().for_torch(version).operation(name) if row.holds(arguments)]
    assert len(rows) <= 1, rows
    return "" if not rows else "raises" if rows[0].raises else "varies"


def test_operations_are_those_of_the_version() -> None:
    assert nondeterministic((2, 12), "torch.nn.MaxPool3d") == "raises"
    assert nondeterministic((2, 13), "torch.nn.MaxPool3d") == nondeterministic(None, "torch.nn.MaxPool3d") == "varies"
    assert nondeterministic((2, 9), "torch.kthvalue") == "raises"
    assert nondeterministic((2, 10), "torch.kthvalue") == nondeterministic(None, "torch.kthvalue") == ""
    assert nondeterministic((2, 0), "torch.bincount") == "raises"
    assert nondeterministic((2, 1), "torch.bincount") == ""
    assert nondeterministic((2, 1), "torch.bincount", weights=TENSOR) == "raises"
    assert nondeterministic((1, 13), "torch.Tensor.scatter_", src=TENSOR) == ""
    assert nondeterministic((2, 13), "torch.nn.Embedding") == ""


def test_operations_are_nondeterministic_for_some_arguments() -> None:
    assert nondeterministic(None, "torch.nn.functional.interpolate", mode="bilinear") == "raises"
    assert nondeterministic(None, "torch.nn.functional.interpolate") == ""
    assert nondeterministic(None, "torch.nn.functional.interpolate", mode=UNKNOWN) == ""
    assert nondeterministic(None, "torch.nn.AdaptiveAvgPool2d", output_size=7) == "raises"
    assert nondeterministic(None, "torch.nn.AdaptiveAvgPool2d", output_size=1) == ""
    assert nondeterministic(None, "torch.nn.AdaptiveAvgPool2d", output_size=UNKNOWN) == ""
    assert nondeterministic(None, "torch.Tensor.index_put_") == "varies"
    assert nondeterministic(None, "torch.Tensor.index_put_", accumulate=True) == ""
    assert nondeterministic(None, "torch.Tensor.scatter_", src=1.0) == ""
    assert nondeterministic(None, "torch.median", dim=0) == "raises"
    assert nondeterministic(None, "torch.median") == ""


def test_operations_are_complete(knowledge: Knowledge) -> None:
    for name, rows in knowledge.tables.nondeterministic.items():
        for row in rows:
            named = {*row.when, *row.unless, *row.when_given, *row.when_tensor}
            assert set(row.defaults) <= named, name
            assert bool(row.parameters) == bool(named), f"{name}: conditions without positions, or the other way round"


def test_operations_exist() -> None:
    torch = pytest.importorskip("torch")
    for name in load().tables.nondeterministic:
        found = torch
        for part in name.split(".")[1:]:
            found = getattr(found, part)
        assert callable(found), name


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("2.4", (2, 4)),
        ("1.13.1+cu117", (1, 13)),
        ("2.10.0", (2, 10)),
        ("2", None),
        ("2.x", None),
        ("latest", None),
        ("2.4 ", None),
    ],
)
def test_versions_are_read(text: str, version: Version | None) -> None:
    assert parsed_version(text) == version


def test_runners_are_read() -> None:
    row = {
        "callback": "target",
        "position": 1,
        "arguments": "args",
        "arguments_position": 3,
        "prepend": 1,
        "process": "spawn",
        "methods": ["run"],
    }
    tables = Tables()
    _add(tables, {"library": {"how": "docs"}, "runners": {"a.Process": row}}, "a.toml")
    (runner,) = Knowledge(tables).runner("a.Process")
    assert {key: getattr(runner, key) for key in row} == {**row, "methods": ("run",)}


@pytest.mark.parametrize(
    ("name", "arguments", "draws"),
    [
        ("scipy.stats.qmc.Sobol", {}, True),
        ("scipy.stats.qmc.Sobol", {"seed": None}, True),
        ("scipy.stats.qmc.Sobol", {"rng": 0}, False),
        ("scipy.stats.qmc.Sobol", {"scramble": False}, False),
        ("scipy.stats.qmc.Sobol", {"seed": UNKNOWN}, None),
        ("datasets.Dataset.shuffle", {}, False),
        ("datasets.Dataset.shuffle", {"buffer_size": 9}, True),
        ("albumentations.Rotate", {"p": 1}, True),
        ("albumentations.VerticalFlip", {"p": 1.0}, False),
        ("albumentations.Resize", {}, False),
        ("umap.umap_.UMAP", {"n_jobs": 1}, False),
        ("optuna.samplers.GridSampler", {}, False),
        ("cv2.randu", {}, False),
        ("uuid.uuid4", {}, False),
    ],
)
def test_what_draws_from_a_generator_of_its_own(
    knowledge: Knowledge, name: str, arguments: dict[str, object], draws: bool | None
) -> None:
    answers = {row.holds(arguments) for row in knowledge.own(knowledge.canonical(name))}
    assert (True if True in answers else None if None in answers else False) is draws


def test_what_seeds_a_generator_of_a_librarys_own(knowledge: Knowledge) -> None:
    assert knowledge.seeds_own("tensorflow.random.set_seed") == ("tensorflow",)
    assert knowledge.seeds_own("transformers.set_seed") == ("tensorflow",)
    assert knowledge.seeds_own("cupy.random.seed") == ("cupy",)
    assert knowledge.seeds_own("numpy.random.seed") == ()
    theirs = knowledge.extended({"acme.fix": {"families": ["numpy"], "other": "tensorflow"}}, {})
    assert theirs.seeds_own("acme.fix") == ("tensorflow",)


# ------------------------------------------------------------------------------------------------- a user's own rows


def test_a_user_adds_rows(knowledge: Knowledge) -> None:
    extended = knowledge.extended(
        {"acme.rng.fix": ["python", "torch"], "acme.rng.maybe": {"families": ["numpy"], "none": "nothing"}},
        {"acme.noise": ["torch"], "acme.split": {"families": ["numpy"], "unless_given": ["seed"]}},
    )
    fix, maybe = extended.seed("acme.rng.fix"), extended.seed("acme.rng.maybe")
    assert fix is not None
    assert maybe is not None
    assert fix.families == ("python", "torch")
    assert maybe.none == "nothing"
    assert drawn(extended, "acme.noise") == ("torch",)
    assert drawn(extended, "acme.split", seed=1) == ()
    assert knowledge.seed("acme.rng.fix") is None
    assert knowledge.extended({}, {}) is knowledge


def test_a_user_row_wins_and_may_use_any_spelling(knowledge: Knowledge) -> None:
    extended = knowledge.extended({}, {"torch.nn.modules.linear.Linear": []})
    assert drawn(extended, "torch.nn.Linear") == ()
    assert drawn(knowledge, "torch.nn.Linear") == ("torch",)


@pytest.mark.parametrize(
    ("seeders", "draws", "message"),
    [
        ({"acme.fix": ["jax"]}, {}, 'seeders."acme.fix": "families" must be a list of python, numpy, torch'),
        ({"acme.fix": 3}, {}, 'seeders."acme.fix" must be a table, not int'),
        ({}, {"acme.noise": {"families": ["torch"], "when_": {}}}, 'draws."acme.noise": unknown key "when_"'),
    ],
)
def test_a_bad_user_row_names_its_key(
    knowledge: Knowledge, seeders: dict[str, object], draws: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        knowledge.extended(seeders, draws)


# ------------------------------------------------------------------------------------------------ measuring again


@pytest.fixture(scope="module")
def measuring() -> ModuleType:
    pytest.importorskip("numpy")
    spec = importlib.util.spec_from_file_location("measure_knowledge", ROOT / "tools/measure_knowledge.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_rows_of_random_are_confirmed(measuring: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert measuring.main(["--library", "python"]) == 0
    assert " 0 differs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (Draw("random.random", ("numpy",), Provenance("docs")), "draws from python"),
        (Draw("random.getstate", ("python",), Provenance("docs")), "draws from nothing"),
    ],
)
def test_a_false_row_is_found(measuring: ModuleType, row: Draw, reason: str) -> None:
    outcome = measuring.measure_draw(row)
    assert (outcome.verdict, outcome.reason) == ("differs", reason)


def test_generators_of_their_own_are_measured_in_two_processes(
    measuring: ModuleType, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("scipy")
    (row,) = knowledge.own("scipy.stats.qmc.LatinHypercube")
    assert measuring.measure_own(row).verdict == "confirmed"
    monkeypatch.setattr(measuring, "PROGRAMS", {"json.dumps": ("import json; out = json.dumps(1)", "")})
    outcome = measuring.measure_own(Own("json.dumps", (), Provenance("docs")))
    assert (outcome.verdict, outcome.reason) == ("differs", "gives one result without a seed")


def test_every_measured_row_of_generators_of_their_own_has_a_program(measuring: ModuleType, knowledge: Knowledge) -> None:
    measured = {name for name, rows in knowledge.tables.own.items() for row in rows if row.provenance.how == "measured"}
    assert measured == set(measuring.PROGRAMS)
