"""Measure the knowledge base again, against the libraries that are installed.

In:  the rows of src/reprolint/knowledge for random, NumPy, torch and scikit-learn, the section "own", and those libraries.
Out: one line per row (confirmed, differs, or not exercised, and why), a count, and exit status 1 if any row differs.

A draw is confirmed if the call consumes the state of exactly the families of the row when its condition holds, and
nothing when a generator or seed is handed over or a switch is off. A fit has to give different results under different
global seeds as well: random numbers that decide nothing are no draw. A seeder is confirmed if the states after it do
not depend on those before it, or, where it takes fresh entropy, differ every time; a scope, if it restores them. A row of
"own" is confirmed if a program that seeds all families gives two results in two processes, and one with the row's remedy.

Arguments are found by parameter name, in the tables below; where a name means different things in different places
there are several candidates, and the first one that the call accepts is used.

    python tools/measure_knowledge.py [--library NAME]
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import itertools
import os
import random
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from reprolint.knowledge import Draw, Knowledge, Own, Scope, Seed, load

try:
    import torch
except ModuleNotFoundError:
    torch = None  # type: ignore[assignment]

LIBRARIES = ("python", "numpy", "torch", "scikit-learn", "own")
Arguments = tuple[tuple[Any, ...], dict[str, Any]]
Way = Callable[[], Callable[[], Any]]
"""Prepares an action and returns it: the action alone is measured, not what it takes to get there."""


@dataclass(frozen=True)
class Outcome:
    """What became of one row."""

    name: str
    verdict: Literal["confirmed", "differs", "not exercised"]
    reason: str = ""


class NotExercisedError(Exception):
    """No arguments were found with which the call works."""


# ---------------------------------------------------------------------------------------------- the global states


def seed_all(seed: int) -> None:
    """Put the three families into a known state."""
    random.seed(seed)
    np.random.seed(seed)
    if torch is not None:
        torch.manual_seed(seed)


def states() -> dict[str, bytes]:
    """Return the state of each family, in a form that compares."""
    found = {"python": repr(random.getstate()).encode(), "numpy": repr(_numpy_state()).encode()}
    if torch is not None:
        found["torch"] = torch.get_rng_state().numpy().tobytes()
    return found


def _numpy_state() -> tuple[object, ...]:
    name, keys, *rest = np.random.get_state()
    return (name, np.asarray(keys).tobytes(), *rest)


def consumed(call: Callable[[], object], seed: int = 1) -> tuple[str, ...]:
    """Return the families whose state ``call`` changes."""
    seed_all(seed)
    before = states()
    call()
    after = states()
    return tuple(family for family in before if before[family] != after[family])


# ------------------------------------------------------------------------------------------------------ arguments


def numbers(*shape: int, seed: int = 0) -> Any:
    """Return an array of normal deviates that is the same every time."""
    return np.random.RandomState(seed).normal(size=shape)


def ones(*shape: int) -> Any:
    """Return a tensor of ones."""
    return torch.ones(shape)


CONDITIONS: Mapping[str, object] = {
    "dropout": 0.5,
    "dropout_p": 0.5,
    "jitter": 1e-3,
    "max_features": 0.5,
    "max_patches": 3,
    "n_components": 3,
    "n_nearest_features": 2,
    "n_restarts_optimizer": 2,
    "num_layers": 2,
    "sample_size": 10,
}
"""Values that make a condition hold where neither the row nor the default does."""

CONVENIENCE: Mapping[str, object] = {
    "cv": 2,
    "max_iter": 30,
    "min_resources": 20,
    "n_clusters": 3,
    "n_components": 3,
    "n_estimators": 5,
    "n_init": 1,
    "n_iter": 2,
    "n_quantiles": 10,
}
"""Values for optional parameters that keep a call small, or make its result speak."""

GIVEN: Mapping[str, Callable[[], object]] = {
    "_random_samples": lambda: torch.full((1, 4, 2), 0.5),
    "_weight": lambda: torch.ones(3, 4),
    "entropy": lambda: 0,
    "generator": lambda: torch.Generator().manual_seed(0),
    "random_state": lambda: 0,
    "seed": lambda: 0,
    "X": lambda: torch.eye(9, 1),
}
"""What to hand over for an argument whose presence stops a draw."""

VALUES: Mapping[str, tuple[Any, ...]] = {
    # random
    "a": (2,),
    "alpha": (1.0, [1.0, 2.0]),
    "b": (5,),
    "beta": (2.0,),
    "k": (2,),
    "kappa": (1.0,),
    "lambd": (1.0,),
    "mu": (0.0,),
    "n": (5,),
    "population": ([1, 2, 3],),
    "seq": ([1, 2, 3],),
    "sigma": (1.0,),
    "start": (9,),
    # numpy
    "cov": ([[1.0, 0.0], [0.0, 1.0]],),
    "df": (3.0,),
    "dfden": (3.0,),
    "dfnum": (3.0,),
    "lam": (1.0,),
    "left": (0.0,),
    "length": (4,),
    "low": (3,),
    "mean": ([0.0, 0.0], 1.0),
    "mode": (0.5,),
    "nbad": (4,),
    "ngood": (4,),
    "nonc": (1.0,),
    "nsample": (3,),
    "p": (0.5,),
    "pvals": ([0.5, 0.5],),
    "right": (1.0,),
    "scale": (1.0,),
    "shape": (1.0,),
    "x": ([1, 2, 3],),
    # torch
    "concentration": (2.0,),
    "concentration0": (2.0,),
    "concentration1": (2.0,),
    "cutoffs": ([2],),
    "d_model": (4,),
    "df1": (3.0,),
    "df2": (3.0,),
    "dim": (2, 0),
    "dimension": (2,),
    "embed_dim": (4,),
    "embedding_dim": (4,),
    "hidden_size": (4,),
    "in1_features": (3,),
    "in2_features": (3,),
    "in_channels": (4,),
    "in_features": (4,),
    "input_size": (4,),
    "kernel_size": (2,),
    "n_classes": (4,),
    "nhead": (2,),
    "num_classes": (4,),
    "num_embeddings": (3,),
    "num_heads": (2,),
    "out_channels": (4,),
    "out_features": (4,),
    "output_size": (2,),
    "probs": (0.5,),
    "rate": (1.0,),
    "sparsity": (0.1,),
    "vocab_size": (4,),
    # scikit-learn
    "data_dimensionality": (4,),
    "n_population": (20,),
    "n_samples": (5,),
    "patch_size": ((2, 2),),
}
"""Candidates for required parameters, by name."""


def call(*args: Any, **kwargs: Any) -> Arguments:
    """Write arguments as they stand in a call."""
    return args, kwargs


def _fractional(size: int) -> Arguments:
    return call(ones(*[1, 4, *[6] * size]), 2, output_size=3)


def torch_calls() -> Iterator[tuple[str, tuple[Callable[[], Arguments], ...]]]:
    """Yield candidates for the calls of torch whose signature does not tell, by name."""
    for name in ("torch.rand", "torch.randn"):
        yield name, (lambda: call(3),)
    yield "torch.randint", (lambda: call(0, 9, (3,)),)
    yield "torch.randperm", (lambda: call(5),)
    for name in ("torch.rand_like", "torch.randn_like", "torch.bernoulli", "torch.poisson"):
        yield name, (lambda: call(torch.full((3,), 0.5)),)
    yield "torch.randint_like", (lambda: call(ones(3), 9),)
    yield "torch.binomial", (lambda: call(torch.full((3,), 9.0), torch.full((3,), 0.5)),)
    yield "torch.multinomial", (lambda: call(ones(3), 2),)
    yield "torch.normal", (lambda: call(torch.zeros(3), ones(3)),)
    yield "torch.testing.make_tensor", (lambda: call(3, device="cpu", dtype=torch.float32),)
    for name in ("torch.pca_lowrank", "torch.svd_lowrank"):
        yield name, (lambda: call(torch.from_numpy(numbers(9, 9)), q=2),)
    yield "torch.lobpcg", (lambda: call(torch.diag(torch.arange(1.0, 10.0)), k=1),)
    for name in ("bernoulli", "bernoulli_", "cauchy_", "exponential_", "log_normal_", "normal_", "random_", "uniform_"):
        yield f"torch.Tensor.{name}", (lambda: call(torch.full((3,), 0.5)),)
    yield "torch.Tensor.geometric_", (lambda: call(ones(3), 0.5),)
    yield "torch.Tensor.multinomial", (lambda: call(ones(3), 2),)
    for name in ("alpha_dropout", "dropout", "feature_alpha_dropout", "feature_dropout", "native_dropout"):
        yield f"torch.{name}", (lambda: call(ones(2, 3, 4), 0.5),)
        yield f"torch.{name}_", (lambda: call(ones(2, 3, 4), 0.5),)
    for name in ("GRU", "LSTM", "RNN"):
        yield f"torch.nn.{name}", (lambda: call(4, 4),)
    yield "torch.nn.functional.scaled_dot_product_attention", (lambda: call(*[ones(1, 3, 4)] * 3),)
    for name in ("rrelu", "rrelu_"):
        yield f"torch.{name}", (lambda: call(-ones(3)),)
        yield f"torch.nn.functional.{name}", (lambda: call(-ones(3)),)
    yield "torch.nn.Transformer", (lambda: call(4, 2, 1, 1, 8),)
    for size in (2, 3):
        yield f"torch.nn.FractionalMaxPool{size}d", (lambda: call(2, output_size=3),)
        yield (
            f"torch.nn.functional.fractional_max_pool{size}d",
            (partial(_fractional, size),),
        )
    for name in ("spectral_norm", "parametrizations.spectral_norm"):
        yield f"torch.nn.utils.{name}", (lambda: call(torch.nn.Linear(3, 3)),)
    yield "torch.nn.utils.parametrizations.orthogonal", (lambda: call(torch.nn.Linear(3, 5)),)
    yield "torch.nn.utils.prune.random_unstructured", (lambda: call(torch.nn.Linear(3, 3), "weight", amount=2),)
    yield "torch.nn.utils.prune.random_structured", (lambda: call(torch.nn.Linear(3, 3), "weight", amount=1, dim=0),)
    yield "torch.utils.data.random_split", (lambda: call(list(range(9)), [4, 5]),)
    for name in ("RandomSampler", "SubsetRandomSampler", "DataLoader"):
        yield f"torch.utils.data.{name}", (lambda: call(list(range(9))),)
    yield "torch.utils.data.WeightedRandomSampler", (lambda: call([1.0, 2.0], 3),)
    yield "torch.distributions.Independent", (lambda: call(torch.distributions.Normal(torch.zeros(2), 1.0), 1),)
    yield "torch.distributions.LKJCholesky", (lambda: call(3, 1.0),)
    yield "torch.distributions.LowRankMultivariateNormal", (lambda: call(torch.zeros(2), ones(2, 1), ones(2)),)
    for name in ("LogisticNormal", "MultivariateNormal"):
        yield f"torch.distributions.{name}", (lambda: call(torch.zeros(2), torch.eye(2)),)
    yield (
        "torch.distributions.MixtureSameFamily",
        (lambda: call(torch.distributions.Categorical(ones(2)), torch.distributions.Normal(torch.zeros(2), torch.ones(2))),),
    )
    yield (
        "torch.distributions.TransformedDistribution",
        (lambda: call(torch.distributions.Normal(0.0, 1.0), torch.distributions.ExpTransform()),),
    )
    yield "torch.distributions.Uniform", (lambda: call(0.0, 1.0),)
    yield "torch.distributions.Wishart", (lambda: call(torch.tensor(3.0), torch.eye(2)),)
    yield "torch.distributions.Binomial", (lambda: call(9, torch.tensor(0.5)),)
    yield "torch.distributions.NegativeBinomial", (lambda: call(9, torch.tensor(0.5)),)
    for name in ("Categorical", "Dirichlet", "Multinomial", "OneHotCategorical", "OneHotCategoricalStraightThrough"):
        yield f"torch.distributions.{name}", (lambda: call(ones(3)), lambda: call(4, ones(3)))
    for name in ("RelaxedBernoulli", "RelaxedOneHotCategorical"):
        yield f"torch.distributions.{name}", (lambda: call(torch.tensor(1.0), torch.tensor([0.5, 0.5])),)


def sklearn_calls() -> Iterator[tuple[str, tuple[Callable[[], Arguments], ...]]]:
    """Yield candidates for the calls of scikit-learn whose signature does not tell, by name."""
    square = numbers(20, 4)
    classes = np.arange(20) % 2
    yield (
        "sklearn.datasets.make_sparse_coded_signal",
        (lambda: call(3, n_components=4, n_features=5, n_nonzero_coefs=2),),
    )
    for name in ("make_spd_matrix", "make_sparse_spd_matrix"):
        yield f"sklearn.datasets.{name}", (lambda: call(5),)
    yield "sklearn.datasets.make_low_rank_matrix", (lambda: call(9, 9),)
    for name in ("make_biclusters", "make_checkerboard"):
        yield f"sklearn.datasets.{name}", (lambda: call((9, 9), n_clusters=2),)
    for name in ("k_means", "kmeans_plusplus"):
        yield f"sklearn.cluster.{name}", (lambda: call(square, 2),)
    for name in ("cluster.spectral_clustering", "manifold.spectral_embedding"):
        yield f"sklearn.{name}", (lambda: call(np.abs(square @ square.T)),)
    yield "sklearn.decomposition.fastica", (lambda: call(square, 2, whiten="unit-variance"),)
    for name in ("mutual_info_classif", "mutual_info_regression"):
        yield f"sklearn.feature_selection.{name}", (lambda: call(square, classes),)
    yield "sklearn.feature_extraction.image.extract_patches_2d", (lambda: call(numbers(8, 8), (2, 2)),)
    yield "sklearn.inspection.permutation_importance", (lambda: call(logistic().fit(square, classes), square, classes),)
    yield "sklearn.metrics.silhouette_score", (lambda: call(square, classes),)
    yield "sklearn.model_selection.train_test_split", (lambda: call(square),)
    yield (
        "sklearn.model_selection.learning_curve",
        (lambda: call(logistic(), square, classes, cv=2, train_sizes=[0.5]),),
    )
    for name in ("resample", "shuffle"):
        yield f"sklearn.utils.{name}", (lambda: call(square),)
    yield "sklearn.utils.extmath.randomized_range_finder", (lambda: call(square, size=2, n_iter=1),)
    yield "sklearn.utils.extmath.randomized_svd", (lambda: call(square, 2),)
    yield "sklearn.utils.random.sample_without_replacement", (lambda: call(20, 3),)
    yield "sklearn.model_selection.ParameterSampler", (lambda: call({"a": [1, 2, 3]}, 2),)
    for name in ("HalvingRandomSearchCV", "RandomizedSearchCV"):
        yield f"sklearn.model_selection.{name}", (lambda: call(logistic(), {"C": [0.01, 0.1, 1.0, 10.0, 100.0]}),)
    yield "sklearn.model_selection.HalvingGridSearchCV", (lambda: call(logistic(), {"C": [0.01, 1.0]}),)
    for name in ("multiclass.OutputCodeClassifier", "multioutput.ClassifierChain"):
        yield f"sklearn.{name}", (lambda: call(logistic()),)
    yield "sklearn.multioutput.RegressorChain", (lambda: call(sklearn("linear_model.Ridge")()),)
    yield "sklearn.ensemble.AdaBoostClassifier", (lambda: call(sklearn("tree.DecisionTreeClassifier")(max_depth=8)),)
    yield (
        "sklearn.gaussian_process.GaussianProcessRegressor",
        (lambda: call(kernel(), alpha=0.1),),
    )
    yield "sklearn.gaussian_process.GaussianProcessClassifier", (lambda: call(kernel()),)
    yield "sklearn.manifold.TSNE", (lambda: call(max_iter=250),)


def sklearn(name: str) -> Any:
    """Return something of scikit-learn by its dotted name."""
    return resolve(f"sklearn.{name}")


def logistic() -> Any:
    """Return a classifier that draws nothing."""
    return sklearn("linear_model.LogisticRegression")()


def kernel() -> Any:
    """Return a kernel from whose first length scale no optimiser finds the way, so that its restarts decide."""
    return sklearn("gaussian_process.kernels.RBF")(1e-4)


def resolve(name: str) -> Any:
    """Follow ``name`` from its top package, importing a module where there is no attribute of that name yet."""
    top, *rest = name.split(".")
    try:
        found: Any = importlib.import_module(top)
    except ModuleNotFoundError:
        raise NotExercisedError("not installed") from None
    for position, part in enumerate(rest, start=1):
        if not hasattr(found, part):
            try:
                importlib.import_module(".".join([top, *rest[:position]]))
            except ModuleNotFoundError:
                raise NotExercisedError("not in the installed version") from None
        found = getattr(found, part)
    return found


def candidates(name: str, function: Any, keywords: Mapping[str, object]) -> Iterator[Way]:
    """Yield ways to call the function, with the keywords that the row's condition asks for.

    Each makes its arguments anew, for a call may change them.
    """
    parameters = _parameters(function)
    known = dict(itertools.chain(torch_calls(), sklearn_calls())).get(name)
    if known:
        for arguments in known:
            yield partial(_prepared, function, arguments, parameters, keywords)
        return
    required = [
        parameter
        for parameter in parameters
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        and parameter.name not in keywords
    ]
    for values in itertools.product(*(_choices(parameter.name) for parameter in required)):
        yield partial(_prepared, function, partial(deepcopy, (values, {})), parameters, keywords)


def _parameters(function: Any) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except ValueError:
        return []


def _prepared(
    function: Any,
    arguments: Callable[[], Arguments],
    parameters: list[inspect.Parameter],
    keywords: Mapping[str, object],
) -> Callable[[], Any]:
    args, kwargs = arguments()
    left = [parameter.name for parameter in parameters[len(args) :]] if inspect.isclass(function) else []
    convenient = {name: CONVENIENCE[name] for name in left if name in CONVENIENCE}
    return partial(function, *args, **{**convenient, **kwargs, **keywords})


def _choices(name: str) -> tuple[Any, ...]:
    if name in ("input", "tensor", "logits") and torch is not None:
        return (ones(4, 4), ones(2, 4, 4), ones(2, 4, 4, 4), ones(1, 2, 4, 4, 4))
    if name not in VALUES:
        raise NotExercisedError(f"no value for the parameter {name}")
    return VALUES[name]


def condition(row: Draw) -> dict[str, object]:
    """Return keyword arguments with which the row's condition holds."""
    keywords: dict[str, object] = {name: values[0] for name, values in row.when.items()}
    for name in row.when_given:
        # The candidates of a call may hand the argument over by position.
        if name in CONDITIONS:
            keywords[name] = CONDITIONS[name]
    for name, values in row.unless.items():
        if row.defaults.get(name) in values and name in row.defaults:
            keywords[name] = CONDITIONS[name]
    for name in row.unless_given:
        if name in row.defaults:
            keywords[name] = None
    return keywords


# ------------------------------------------------------------------------------------------------------- exercises


def samples() -> list[tuple[Any, ...]]:
    """Return data sets to fit: classes, numbers, non-negative features, several targets, missing values, no target."""
    features = numbers(240, 8, seed=7)
    noise = numbers(240, seed=8)
    target = features @ numbers(8, seed=9) + 0.5 * np.sin(3 * features[:, 0]) + noise
    classes = (target > 0).astype(int)
    several = 10 * features[:, :3]
    missing = np.where(numbers(240, 8, seed=10) > 1, np.nan, features)
    return [
        (features, classes),
        (features, target),
        (np.abs(features), classes),
        (features, several),
        (features, (several > 0).astype(int)),
        (missing,),
        (features,),
    ]


def fitted(make: Way, data: tuple[Any, ...]) -> list[Any]:
    """Fit, and return what the fit decides: predictions on other data, and numeric attributes."""
    estimator = make()().fit(*data)
    fresh = numbers(100, data[0].shape[1], seed=11)
    fresh = np.where(np.isnan(data[0][:100]), np.nan, np.abs(fresh) if np.nanmin(data[0]) >= 0 else fresh)
    results = []
    for method in ("predict_proba", "decision_function", "predict", "transform"):
        try:
            result = getattr(estimator, method)(fresh)
        except (AttributeError, ValueError):
            continue
        results.append(np.asarray(result.toarray() if hasattr(result, "toarray") else result, dtype=float))
    for name, value in sorted(vars(estimator).items()):
        # How long a search took is no result.
        if (
            name.endswith("_")
            and "time" not in name
            and isinstance(value, np.ndarray | float | int)
            and np.asarray(value).dtype.kind in "fiu"
        ):
            results.append(np.asarray(value, dtype=float))
    return results


def varies(way: Way) -> bool:
    """Tell whether what the action gives depends on the global seed."""
    results = set()
    for seed in range(1, 6):
        action = way()
        seed_all(seed)
        results.add(repr(action()))
    return len(results) > 1


def decides(fit: Callable[[], list[Any]]) -> bool:
    """Tell whether the results of a fit depend on the global seed."""
    results = []
    for seed in range(1, 6):
        seed_all(seed)
        results.append(fit())
    return any(
        not np.array_equal(one, other, equal_nan=True)
        for result in results[1:]
        for one, other in zip(results[0], result, strict=True)
    )


def first_that_works(choices: Iterable[Way]) -> Way:
    """Return the first way whose action raises nothing."""
    error: Exception | None = None
    for way in choices:
        try:
            way()()
        except Exception as raised:  # any library may refuse a candidate in its own way
            error = error or raised
        else:
            return way
    raise NotExercisedError(f"no call works: {error!r}"[:120])


def ways(row: Draw, keywords: Mapping[str, object]) -> Iterator[Way]:
    """Yield the ways to make the row's draw happen. What has to be there before it is made by the way itself."""
    if row.name.endswith(".reset_parameters"):
        owner = row.name.rpartition(".")[0]
        for make in candidates(owner, resolve(owner), {}):
            yield partial(_method, make, "reset_parameters")
        return
    for make in candidates(row.name, resolve(row.name), keywords):
        if row.on == "call":
            yield make
        elif row.on == "iterate":
            yield partial(_iteration, make)
        elif row.on == "split":
            yield partial(_split, make)
        elif row.on == "apply":
            for shape in ((2, 4), (2, 4, 4), (2, 4, 4, 4), (1, 4, 4, 4, 4), (1, 2, 6, 6), (1, 2, 6, 6, 6)):
                for count in (1, 2, 3):
                    yield partial(_application, make, shape, count)


def _method(make: Way, method: str, *args: Any) -> Callable[[], Any]:
    return partial(getattr(make()(), method), *args)


def _iteration(make: Way) -> Callable[[], Any]:
    return partial(list, make()())


def _split(make: Way) -> Callable[[], Any]:
    splitter = make()()
    return lambda: list(splitter.split(np.zeros((20, 2)), np.arange(20) % 2, np.arange(20) // 2))


def _application(make: Way, shape: tuple[int, ...], count: int) -> Callable[[], Any]:
    return partial(make()(), *[-ones(*shape)] * count)


def measure_fit(row: Draw) -> Outcome:
    """Measure a row whose draw happens in fit: state consumed, results different, and neither with the seed given."""
    estimator, keywords = resolve(row.name), condition(row)
    for data in samples():
        if any(np.isnan(one).any() for one in data) and "impute" not in row.name:
            continue
        for way in candidates(row.name, estimator, keywords):
            try:
                families = consumed(partial(fitted, way, data))
            except Exception:  # an estimator that does not take this data
                continue
            if families != row.families or not decides(partial(fitted, way, data)):
                continue
            for name in row.unless_given:
                silent = next(candidates(row.name, estimator, {**keywords, name: GIVEN[name]()}))
                if decides(partial(fitted, silent, data)):
                    return Outcome(row.name, "differs", f"draws although {name} is given")
            return Outcome(row.name, "confirmed")
    return Outcome(row.name, "differs", "no data set on which a draw decides something")


def measure_draw(row: Draw) -> Outcome:
    """Measure a row of the section draws."""
    if row.on == "fit":
        return measure_fit(row)
    try:
        if "*" in row.name:
            return measure_distributions(row)
        if "fetch_" in row.name:
            raise NotExercisedError("would fetch a data set")
        way = first_that_works(ways(row, condition(row)))
        families = consumed(way())
        if families != row.families:
            return Outcome(row.name, "differs", f"draws from {', '.join(families) or 'nothing'}")
        for keywords, reason in silenced(row):
            try:
                silent = first_that_works(ways(row, {**condition(row), **keywords}))
            except NotExercisedError:
                continue
            # Every iterator over a DataLoader draws a seed for its workers, and that one decides no value here.
            if consumed(silent()) and not (row.on == "iterate" and not varies(silent)):
                return Outcome(row.name, "differs", f"draws although {reason}")
    except (NotExercisedError, AttributeError) as reason:
        return Outcome(row.name, "not exercised", str(reason))
    return Outcome(row.name, "confirmed")


def silenced(row: Draw) -> Iterator[tuple[dict[str, object], str]]:
    """Yield keyword arguments with which the row says that there is no draw, and their description."""
    for name in row.unless_given:
        if name in GIVEN:
            yield {name: GIVEN[name]()}, f"{name} is given"
    for name, values in row.when.items():
        if values == (True,):
            yield {name: False}, f"{name} is False"
    for name, values in row.unless.items():
        yield {name: values[0]}, f"{name} is {values[0]!r}"


def measure_distributions(row: Draw) -> Outcome:
    """Measure the rows for torch.distributions, which stand for every distribution of the module."""
    package, _, method = row.name.partition(".*.")
    module = importlib.import_module(package)
    tried = 0
    classes: dict[str, Any] = {name: value for name, value in vars(module).items() if inspect.isclass(value)}
    for name, distribution in classes.items():
        if not issubclass(distribution, module.Distribution):
            continue
        if method == "rsample" and not distribution.has_rsample:
            continue
        full = f"{package}.{name}"
        try:
            way = first_that_works(
                partial(_method, make, method, *_draw_size(method)) for make in candidates(full, distribution, {})
            )
        except NotExercisedError:
            continue
        tried += 1
        if consumed(way()) != row.families:
            return Outcome(row.name, "differs", f"{name} draws nothing")
    if not tried:
        return Outcome(row.name, "not exercised", "no distribution could be made")
    return Outcome(row.name, "confirmed", f"{tried} distributions")


def _draw_size(method: str) -> tuple[int, ...]:
    return (2,) if method == "sample_n" else ()


def measure_seed(row: Seed) -> Outcome:
    """Measure a row of the section seeds."""
    if row.name == "numpy.random.set_bit_generator":
        return Outcome(row.name, "not exercised", "would replace the global generator")
    try:
        function = resolve(row.name)
        after = []
        for before in (1, 2):
            seed_all(before)
            untouched = states()
            function(7) if row.argument else function()
            after.append(states())
            for family, state in untouched.items():
                if family not in row.families and after[-1][family] != state:
                    return Outcome(row.name, "differs", f"changes {family}")
        for family in row.families:
            repeats = after[0][family] == after[1][family]
            if repeats != (row.argument is not None):
                return Outcome(row.name, "differs", f"{family} afterwards is {'the same' if repeats else 'different'}")
        if row.argument and row.none == "entropy":
            function()
            if any(states()[family] == after[0][family] for family in row.families):
                return Outcome(row.name, "differs", "no fresh entropy without an argument")
    except (NotExercisedError, AttributeError, AssertionError, RuntimeError) as reason:
        return Outcome(row.name, "not exercised", str(reason)[:80])
    return Outcome(row.name, "confirmed")


def measure_scope(row: Scope) -> Outcome:
    """Measure a row of the section scopes."""
    seed_all(1)
    before = states()
    with resolve(row.name)():
        seed_all(2)
    after = states()
    changed = [family for family in row.families if before[family] != after[family]]
    return Outcome(row.name, "differs" if changed else "confirmed", f"changes {', '.join(changed)}" if changed else "")


# ------------------------------------------------------------------------------------------- generators of their own

SEEDED = """
import hashlib, pickle, random, warnings
import numpy as np
warnings.simplefilter("ignore")
random.seed(1)
np.random.seed(1)
try:
    import torch
    torch.manual_seed(1)
except ModuleNotFoundError:
    pass
matrix = np.cov(np.random.RandomState(0).rand(60, 200))
image = np.arange(3072).reshape(32, 32, 3).astype("uint8")
"""
"""What every program of `PROGRAMS` begins with."""

PROGRAMS: Mapping[str, tuple[str, str]] = {
    "albumentations.Compose": (
        "import albumentations as A; t = A.Compose([A.RandomCrop(8, 8)], HERE); out = [t(image=image)['image'] for _ in range(9)]",
        "seed=1",
    ),
    "albumentations.HorizontalFlip": (
        "import albumentations as A; t = A.HorizontalFlip()\nHERE\nout = [t(image=image)['image'] for _ in range(30)]",
        "t.set_random_seed(1)",
    ),
    "albumentations.RandomCrop": (
        "import albumentations as A; t = A.RandomCrop(8, 8)\nHERE\nout = [t(image=image)['image'] for _ in range(9)]",
        "t.set_random_seed(1)",
    ),
    "bayes_opt.BayesianOptimization": (
        "from bayes_opt import BayesianOptimization as B; b = B(lambda x: -x * x, {'x': (-1, 1)}, verbose=0, HERE); "
        "b.maximize(init_points=2, n_iter=1); out = b.max",
        "random_state=1",
    ),
    "datasets.Dataset.shuffle": (
        "import datasets; d = datasets.Dataset.from_dict({'a': list(range(99))}).to_iterable_dataset(); "
        "out = list(d.shuffle(buffer_size=20, HERE))",
        "seed=1",
    ),
    "datasets.IterableDataset.shuffle": (
        "import datasets; d = datasets.Dataset.from_dict({'a': list(range(99))}).to_iterable_dataset(); out = list(d.shuffle(HERE))",
        "seed=1",
    ),
    "datasets.interleave_datasets": (
        "import datasets; d = datasets.Dataset.from_dict({'a': list(range(99))}); "
        "out = datasets.interleave_datasets([d, d], probabilities=[0.5, 0.5], HERE)['a'][:]",
        "seed=1",
    ),
    "gensim.models.LsiModel": (
        "from gensim.models import LsiModel; c = [[(i, i * j % 7) for i in range(20)] for j in range(1, 60)]; "
        "out = LsiModel(c, num_topics=3, id2word={i: str(i) for i in range(20)}, HERE).get_topics()",
        "random_seed=1",
    ),
    "gymnasium.Env.action_space.sample": (
        "import gymnasium; e = gymnasium.make('CartPole-v1'); e.reset(seed=1)\nHERE\n"
        "out = [int(e.action_space.sample()) for _ in range(40)]",
        "e.action_space.seed(1)",
    ),
    "gymnasium.Env.reset": ("import gymnasium; out = gymnasium.make('CartPole-v1').reset(HERE)", "seed=1"),
    "gymnasium.spaces.*.sample": ("import gymnasium; out = gymnasium.spaces.Box(0, 1, (3,), HERE).sample()", "seed=1"),
    "gymnasium.vector.VectorEnv.*_space.sample": (
        "import gymnasium; e = gymnasium.make_vec('CartPole-v1', num_envs=9); e.reset(seed=1)\nHERE\n"
        "out = [e.action_space.sample() for _ in range(9)]",
        "e.action_space.seed(1)",
    ),
    "gymnasium.vector.VectorEnv.reset": (
        "import gymnasium; out = gymnasium.make_vec('CartPole-v1', num_envs=2).reset(HERE)",
        "seed=1",
    ),
    "hyperopt.fmin": (
        "from hyperopt import fmin, hp, tpe; "
        "out = fmin(abs, hp.uniform('x', -1, 1), algo=tpe.suggest, max_evals=3, show_progressbar=False, HERE)",
        "rstate=np.random.default_rng(1)",
    ),
    "monai.transforms.Compose": (
        "from monai.transforms import Compose, RandFlip; t = Compose([RandFlip(prob=0.5)])\nHERE\n"
        "out = [np.asarray(t(np.arange(16.0).reshape(1, 4, 4))) for _ in range(30)]",
        "t.set_random_state(1)",
    ),
    "monai.transforms.Rand*": (
        "from monai.transforms import RandFlip; t = RandFlip(prob=0.5)\nHERE\n"
        "out = [np.asarray(t(np.arange(16.0).reshape(1, 4, 4))) for _ in range(30)]",
        "t.set_random_state(1)",
    ),
    "optuna.create_study": (
        "import optuna; s = optuna.create_study(HERE); s.optimize(lambda t: t.suggest_float('x', 0, 1), 4); "
        "out = [t.params for t in s.trials]",
        "sampler=optuna.samplers.TPESampler(seed=1)",
    ),
    "polars.DataFrame.sample": ("import polars; out = polars.DataFrame({'a': range(99)}).sample(9, HERE).rows()", "seed=1"),
    "polars.Series.shuffle": ("import polars; out = polars.Series(range(99)).shuffle(HERE).to_list()", "seed=1"),
    "polars.col.shuffle": (
        "import polars; out = polars.DataFrame({'a': range(99)}).select(polars.col('a').shuffle(HERE)).rows()",
        "seed=1",
    ),
    "scipy.integrate.qmc_quad": (
        "from scipy import integrate, stats; out = integrate.qmc_quad(lambda x: x[0] ** 2, [0], [1], HERE).integral",
        "qrng=stats.qmc.Halton(1, seed=1)",
    ),
    "scipy.sparse.linalg.eigs": ("from scipy.sparse.linalg import eigs; out = eigs(matrix, 3, HERE)", "v0=np.ones(60)"),
    "scipy.sparse.linalg.eigsh": ("from scipy.sparse.linalg import eigsh; out = eigsh(matrix, 3, HERE)", "v0=np.ones(60)"),
    "scipy.sparse.linalg.svds": ("from scipy.sparse.linalg import svds; out = svds(matrix, 3, HERE)", "random_state=1"),
    "scipy.stats.dunnett": (
        "from scipy import stats; out = stats.dunnett([1.0, 2, 3], [2.0, 3, 4], control=[3.0, 4, 5], HERE).pvalue",
        "random_state=1",
    ),
    "scipy.stats.qmc.MultinomialQMC": (
        "from scipy.stats import qmc; out = qmc.MultinomialQMC([0.3, 0.7], 7, HERE).random(5)",
        "seed=1",
    ),
    "scipy.stats.qmc.MultivariateNormalQMC": (
        "from scipy.stats import qmc; out = qmc.MultivariateNormalQMC([0, 0], HERE).random(4)",
        "seed=1",
    ),
    "scipy.stats.sobol_indices": (
        "from scipy import stats; "
        "out = stats.sobol_indices(func=lambda x: x[0] ** 2 + x[1], n=64, dists=[stats.uniform()] * 2, HERE).first_order",
        "random_state=1",
    ),
    "tensorflow.data.Dataset.shuffle": (
        "import tensorflow as tf; out = [int(x) for x in tf.data.Dataset.range(99).shuffle(20, HERE)]",
        "seed=1",
    ),
    "tensorflow.keras.*.fit": (
        "import tensorflow as tf\nHERE\nm = tf.keras.Sequential([tf.keras.layers.Dense(1)]); m.compile('sgd', 'mse'); "
        "x = matrix[:, :4]; m.fit(x, x[:, :1], verbose=0, batch_size=8); out = m.get_weights()",
        "tf.random.set_seed(1)",
    ),
    "tensorflow.random.normal": ("import tensorflow as tf; out = tf.random.normal([3], HERE).numpy()", "seed=1"),
    "tensorflow.random.shuffle": ("import tensorflow as tf; out = tf.random.shuffle(tf.range(99), HERE).numpy()", "seed=1"),
    "umap.UMAP": ("import umap; out = umap.UMAP(n_epochs=20, HERE).fit_transform(np.tile(matrix, (20, 1)))", "random_state=1"),
    **{
        f"optuna.samplers.{name}": (
            f"import optuna; s = optuna.create_study(sampler=optuna.samplers.{name}(HERE)); "
            "s.optimize(lambda t: t.suggest_int('x', 1, 99) + t.suggest_int('y', 1, 99), 6); out = [t.params for t in s.trials]",
            "seed=1",
        )
        for name in map("{}Sampler".format, ("BruteForce", "CmaEs", "GP", "NSGAII", "NSGAIII", "QMC", "Random", "TPE"))
    },
    **{
        f"scipy.stats.qmc.{name}": (f"from scipy.stats import qmc; out = qmc.{name}(2, HERE).random(4)", "seed=1")
        for name in ("Halton", "LatinHypercube", "PoissonDisk", "Sobol")
    },
}
"""For each row of the section "own" a program whose result is ``out``, and what to write in the place of ``HERE`` to seed it."""


def measure_own(row: Own) -> Outcome:
    """Measure a row of the section own: two results in two processes, and one with the remedy."""
    if row.name not in PROGRAMS:
        return Outcome(row.name, "not exercised", "no program for it")
    program, remedy = PROGRAMS[row.name]
    try:
        importlib.import_module(row.name.partition(".")[0])
        unseeded = program.replace(", HERE", "").replace("HERE", "")
        # What differs in the last bit only, or by a race of threads, is the same now and then.
        if not any(len(set(_results(unseeded))) == 2 for _ in range(4)):
            return Outcome(row.name, "differs", "gives one result without a seed")
        if len(set(_results(program.replace("HERE", remedy)))) == 2:
            return Outcome(row.name, "differs", f"gives two results with {remedy}")
    except (ModuleNotFoundError, NotExercisedError) as reason:
        return Outcome(row.name, "not exercised", str(reason)[:80])
    return Outcome(row.name, "confirmed")


def _results(program: str) -> list[str]:
    """Return what a program gives in two processes."""
    text = f"{SEEDED}\n{program}\nprint('RESULT', hashlib.sha256(pickle.dumps(out)).hexdigest())"
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", text],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **hashed},
        )
        for hashed in ({"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2"})
    ]
    results = []
    for run in runs:
        printed, errors = run.communicate(timeout=600)
        if run.returncode:
            raise NotExercisedError((errors.strip().splitlines() or ["failed"])[-1])
        results.append(next(line for line in printed.splitlines() if line.startswith("RESULT ")))
    return results


def measure(knowledge: Knowledge, library: str) -> Iterator[Outcome]:
    """Measure all rows of one library, or of the section own."""
    tables = knowledge.tables
    if library == "own":
        yield from (measure_own(rows[0]) for rows in tables.own.values() if rows and rows[0].provenance.how == "measured")
        return
    draws = [row for rows in tables.draws.values() for row in rows]
    yield from (measure_draw(row) for row in draws if row.provenance.library == library)
    yield from (measure_seed(row) for row in tables.seeds.values() if row.provenance.library == library)
    yield from (measure_scope(row) for row in tables.scopes.values() if row.provenance.library == library)


def main(arguments: list[str] | None = None) -> int:
    """Print the table of one library or of all; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--library", choices=LIBRARIES, help="only the rows of this one, or of the section own")
    chosen = parser.parse_args(arguments).library
    warnings.simplefilter("ignore")
    if chosen in (None, "scikit-learn"):
        # These two modules switch estimators on that are not importable otherwise.
        for name in ("enable_halving_search_cv", "enable_iterative_imputer"):
            importlib.import_module(f"sklearn.experimental.{name}")
    outcomes: list[Outcome] = []
    for library in (chosen,) if chosen else LIBRARIES:
        for outcome in measure(load(), library):
            outcomes.append(outcome)
            print(f"{outcome.verdict:14} {outcome.name}{f'  ({outcome.reason})' if outcome.reason else ''}", flush=True)
    counts = {verdict: sum(one.verdict == verdict for one in outcomes) for verdict in ("confirmed", "differs", "not exercised")}
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    return 1 if counts["differs"] else 0


if __name__ == "__main__":
    sys.exit(main())
