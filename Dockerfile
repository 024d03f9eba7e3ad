# HiDiff Studio on a CPU, as a user without rights, on a file system that is read-only but for /cache:
#   docker build --tag hidiff .
#   docker run --read-only --tmpfs /cache:uid=1000,mode=700 --cap-drop ALL --publish 7860:7860 hidiff
# A named volume in the place of the tmpfs keeps what was compiled and what came from the Hub.
FROM python:3.12-slim

WORKDIR /app
COPY requirements.txt ./
# PyTorch's own build for CPUs is a tenth of the size; the rest finds it there.
RUN pip install --no-cache-dir torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu
RUN pip install --no-cache-dir --requirement requirements.txt

COPY app.py LICENSE ./
COPY examples ./examples
COPY weights ./weights
COPY hidiff ./hidiff
RUN python -m compileall -q hidiff app.py
RUN install --directory --owner 1000 --group 1000 --mode 700 /cache

# Whatever is written, by the app or by a library, goes below /cache.
ENV HOME=/cache TMPDIR=/cache XDG_CACHE_HOME=/cache MPLCONFIGDIR=/cache/matplotlib NUMBA_CACHE_DIR=/cache/numba
ENV HF_HOME=/cache/huggingface HIDIFF_CACHE=/cache/examples PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
ENV GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT=7860
USER 1000:1000
VOLUME ["/cache"]
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/gradio_api/app_id', timeout=5)"]
CMD ["python", "app.py"]
