"""What Utväg costs, measured on the machine at hand and set beside the figures to reach."""
