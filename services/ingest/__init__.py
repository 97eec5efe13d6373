"""Ways in for images, and the workers behind them."""
