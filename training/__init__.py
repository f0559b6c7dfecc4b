"""Training of the models; not part of the wheel. `pip install torch==2.13.0 opencv-python-headless onnx` first."""
