"""The what-if window: the prediction of one model for features and pose set with sliders."""
