"""Writes the figures that toolkit.test.ts holds the toolkit to: python sklearn-figures.py > sklearn-figures.json

Needs scikit-learn; the rows come from whole numbers alone, so that both languages make the same ones.
"""
import json

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, f1_score, mean_absolute_error, mean_squared_error, r2_score
from sklearn.tree import DecisionTreeRegressor


def row(i):
    return [((i * i * (j + 3) + i * (7 + 5 * j) + 11 * j) % 97) / 97 for j in range(6)]


def number(x):
    return 3 * x[0] + (2 if x[1] > 0.5 else 0) * x[2] - 4 * x[3] * x[3] + x[4]


rows = [row(i) for i in range(400)]
X = np.array(rows)
y = np.array([number(x) + ((i * 37) % 19) / 19 for i, x in enumerate(rows)])
label = (y > 1.2).astype(int)
fit, test = slice(0, 300), slice(300, 400)

trees = dict(max_iter=120, learning_rate=0.1, max_depth=3, max_leaf_nodes=None, min_samples_leaf=10,
             l2_regularization=0.0, early_stopping=False)
ridge = Ridge(alpha=2.0).fit(X[fit], y[fit])
logistic = LogisticRegression(C=1 / 2.0, tol=1e-10, max_iter=1000).fit(X[fit], label[fit])
boosting = HistGradientBoostingRegressor(**trees).fit(X[fit], y[fit])
classes = HistGradientBoostingClassifier(**trees).fit(X[fit], label[fit])
tree = DecisionTreeRegressor(max_depth=4, min_samples_leaf=7).fit(X[fit], y[fit])
forests = [RandomForestRegressor(n_estimators=100, max_depth=12, min_samples_leaf=2, max_features=1 / 3,
                                 random_state=seed).fit(X[fit], y[fit]) for seed in range(10)]
guess = (classes.predict_proba(X[test])[:, 1] > 0.5).astype(int)


def rmse(predicted):
    return float(np.sqrt(mean_squared_error(y[test], predicted)))


print(json.dumps({
    "sklearn": sklearn.__version__,
    "ridge": {"intercept": float(ridge.intercept_), "weights": ridge.coef_.tolist(),
              "rmse": rmse(ridge.predict(X[test])), "mae": float(mean_absolute_error(y[test], ridge.predict(X[test]))),
              "r2": float(r2_score(y[test], ridge.predict(X[test])))},
    "logistic": {"intercept": float(logistic.intercept_[0]), "weights": logistic.coef_[0].tolist()},
    "boosting": {"rmse": rmse(boosting.predict(X[test])), "first": boosting.predict(X[test])[:5].tolist()},
    "logisticBoosting": {"first": classes.predict_proba(X[test])[:5, 1].tolist(),
                         "accuracy": float(accuracy_score(label[test], guess)),
                         "f1": float(f1_score(label[test], guess))},
    "tree": {"rmse": rmse(tree.predict(X[test])), "first": tree.predict(X[test])[:5].tolist()},
    "forest": {"rmses": [rmse(forest.predict(X[test])) for forest in forests]},
}, indent=1))
