"""Speed and accuracy, side by side with others. Nothing here is needed to serve."""
