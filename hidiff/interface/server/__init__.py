"""The server round the page: what reaches Gradio, in which order it is computed, and what is kept for how long."""
