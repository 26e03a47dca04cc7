# %% [code]
import hashlib
import io
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split

# %% [code]
# the competition data is not public, so here is a look-alike
rows = [
    "{},{},{},{},{}".format(
        i,
        1 + (i * 7) % 3,
        "male" if (i * 5) % 8 < 5 else "female",
        (i * 37) % 71 + 1,
        int(((i * 5) % 8 >= 5) or ((i * 37) % 71 < 9) or ((i * 11) % 13 == 0)),
    )
    for i in range(1, 261)
]
train = pd.read_csv(io.StringIO("PassengerId,Pclass,Sex,Age,Survived\n" + "\n".join(rows)))
train.head()

# %% [code]
# feature engineering
train["Sex"] = train["Sex"].map({"male": 0, "female": 1})
train["AgeBand"] = pd.cut(train["Age"], 5, labels=False)
train["IsChild"] = (train["Age"] < 14).astype(int)
train = train.sample(frac=1).reset_index(drop=True)
features = ["Pclass", "Sex", "Age", "AgeBand", "IsChild"]

# %% [code]
X_train, X_valid, y_train, y_valid = train_test_split(train[features], train["Survived"], test_size=0.3)
print(X_train.shape, X_valid.shape)

# %% [code]
model = RandomForestClassifier(n_estimators=25, max_depth=5, min_samples_leaf=2)
model.fit(X_train, y_train)
proba = model.predict_proba(X_valid)[:, 1]
print("valid accuracy:", round(accuracy_score(y_valid, proba > 0.5), 4))

# %% [code]
submission = pd.DataFrame({"row": X_valid.index, "p": np.round(proba, 8)})
print("DIGEST", hashlib.md5(submission.to_csv(index=False).encode()).hexdigest())
