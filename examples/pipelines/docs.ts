/** The descriptions of the functions: the many-function artifact has one each, the one-function artifact all of them. */

import type { TaskName } from "./data.ts";

/** The functions of the many-function artifact, in the order of their calls. */
export type PartName = "preprocess" | "select_features" | "create_ensemble_model" | "train_model" | "predict";

/** The table of a task, in words, for both artifacts. */
export const tableText: Readonly<Record<TaskName, string>> = {
  housing: `The task is to predict the sale price of houses in Ames, in dollars (Kaggle, House Prices). \
A row is a record with the columns of the data set: numbers, texts, and null where Kaggle has NA, \
which for many columns (Alley, BsmtQual, FireplaceQu, GarageType, PoolQC, Fence, …) means that the house has none.`,
  spaceship: `The task is to predict which passengers were transported: 1 or 0 (Kaggle, Spaceship Titanic). \
A row is a record with the columns of the data set: PassengerId (gggg_pp: group and number within it), HomePlanet, \
CryoSleep, Cabin (deck/number/side), Destination, Age, VIP, RoomService, FoodCourt, ShoppingMall, Spa, VRDeck, Name. \
Values are numbers, texts, booleans, and null where one is missing.`,
};

const own = "These are some examples of what can be done; you can use your own method if it works better.";

const housing: Readonly<Record<PartName, string>> = {
  preprocess: `Prepares rows for modelling. It is called with the rows to fit on and again with the rows to predict, \
and gives rows with the columns that the model may use.
- Missing values: by the median, by groups such as the neighborhood, or as a level of their own where none is meant.
- Outliers: clip or transform extreme areas and values.
- Feature engineering: total areas, ages of house and remodelling, numbers of bathrooms, products of quality and area.
- Transforms: logarithm, Box-Cox or scaling of skewed numbers.
- Categories: ordered qualities as numbers, other columns as levels, rare levels together.
${own}`,
  select_features: `Chooses the columns to model with and gives their names.
- Statistical tests: correlation with the target, variance, mutual information.
- The importance of features in a model.
- Domain knowledge: quality, living area, location and age first.
- Multicollinearity: leave out columns that repeat others.
${own}`,
  create_ensemble_model: `Describes the ensemble that is to be trained [this is a regression problem].
- Bagging, boosting and stacking of several base models.
- Base models: ridge and other linear models, random forests, gradient boosting.
- Hyperparameters with enough regularization: penalties, depth, learning rate, number of rounds.
${own}`,
  train_model: `Trains the ensemble on the rows and their prices, and gives a model as plain data.
- Cross-validation to choose weights and hyperparameters.
- Regularization against overfitting.
- The logarithm of the price (log1p) as the target.
- Ridge as a meta-learner over out-of-fold predictions.
- Clip predictions at zero.
${own}`,
  predict: `Predicts the price in dollars of each row with the trained model.
- Prepare rows exactly as in training.
- Post-processing: invert the logarithm of the target, no negative prices.
${own}`,
};

const spaceship: Readonly<Record<PartName, string>> = {
  preprocess: `Prepares rows for modelling. It is called with the rows to fit on and again with the rows to predict, \
and gives rows with the columns that the model may use.
- Missing values: by the median, by the group or the cabin, or as a level of their own.
- Outliers: clip or transform extreme spendings.
- Feature engineering: group and its size out of PassengerId; deck, number and side out of Cabin; the surname out of \
Name; the total of the spendings, and whether there were any.
- Transforms: logarithm or scaling of skewed numbers.
- Categories: levels, frequencies, rare levels together.
${own}`,
  select_features: `Chooses the columns to model with and gives their names.
- Statistical tests: chi-squared, correlation with the target, mutual information.
- The importance of features in a model.
- Domain knowledge: CryoSleep, spendings, deck and side, home planet first.
- Multicollinearity: leave out columns that repeat others.
${own}`,
  create_ensemble_model: `Describes the ensemble that is to be trained.
- Bagging, boosting and stacking of several base models.
- Base models: logistic regression, random forests, gradient boosting.
- Hyperparameters with enough regularization: penalties, depth, learning rate, number of rounds.
${own}`,
  train_model: `Trains the ensemble on the rows and their classes, and gives a model as plain data.
- Cross-validation, stratified by class, to choose weights and hyperparameters.
- Regularization against overfitting.
- Class imbalance: weights or resampling.
${own}`,
  predict: `Predicts the class of each row, 1 for transported and 0 for not, with the trained model.
- Prepare rows exactly as in training.
- Post-processing: a threshold on probabilities; the result is binary.
${own}`,
};

/** The descriptions of the parts, by task. */
export const partDocs: Readonly<Record<TaskName, Readonly<Record<PartName, string>>>> = { housing, spaceship };

/** The description of the one function: those of the parts, one after the other. */
export function wholeDoc(task: TaskName): string {
  const head = "Fits a model on the rows x with their targets y, and predicts the target of each row of test.";
  return [head, ...Object.values(partDocs[task])].join("\n\n");
}
