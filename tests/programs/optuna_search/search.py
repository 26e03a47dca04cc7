"""Searches the hyperparameters of a small classifier with optuna."""
from functools import partial
from hashlib import sha256

import optuna
from optuna.samplers import TPESampler
from sklearn.datasets import load_iris
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score

SEED = 8


def suggest(trial: optuna.Trial) -> dict:
    params = {
        "n_estimators": trial.suggest_int("n_estimators", 3, 9),
        "max_depth": trial.suggest_int("max_depth", 1, 4),
        "criterion": trial.suggest_categorical("criterion", ["gini", "entropy"]),
    }
    if params["max_depth"] > 2:
        params["min_samples_leaf"] = trial.suggest_int("min_samples_leaf", 1, 5)
    return params


def objective(trial: optuna.Trial, X, y, folds) -> float:
    model = ExtraTreesClassifier(**suggest(trial))
    return cross_val_score(model, X, y, cv=folds, scoring="neg_log_loss").mean()


def main() -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    X, y = load_iris(return_X_y=True)
    folds = StratifiedKFold(3, shuffle=True, random_state=SEED)
    study = optuna.create_study(direction="maximize", sampler=TPESampler(seed=SEED, n_startup_trials=4))
    study.optimize(partial(objective, X=X, y=y, folds=folds), n_trials=8)
    print("best", study.best_params, round(study.best_value, 4))
    values = ["%.8f" % trial.value for trial in study.trials]
    print("DIGEST", sha256("|".join(values).encode()).hexdigest())


if __name__ == "__main__":
    main()
