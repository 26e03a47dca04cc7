import hashlib

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


def prepare(seed=None):
    if seed is None:
        seed = 0
    np.random.seed(seed)
    return seed


def main(seed=None):
    seed = prepare(seed)
    x, y = load_breast_cancer(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, stratify=y)
    scaler = StandardScaler().fit(x_train)
    clf = SGDClassifier(max_iter=200).fit(scaler.transform(x_train), y_train)
    scores = clf.decision_function(scaler.transform(x_test))
    print(f"seed {seed} accuracy {((scores > 0) == y_test).mean():.3f}")
    print("DIGEST", hashlib.sha256(scores.tobytes()).hexdigest())


if __name__ == "__main__":
    main()
