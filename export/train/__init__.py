"""How the compact TrOCR is trained: text (`content`) is set (`render`) and photographed (`degrade`), mixed with real
lines (`real`), and learned (`model`, `losses`, `trainer`). Start at `trainer.py`.
"""
