# The public pages in a container: one process behind one port, beside others behind nginx (deploy/nginx).
# Name the base by its digest, which whoever builds looks up and pins: --build-arg BASE=debian@sha256:…
# Run it read-only, without rights, without a log of its own and without swap:
#   podman run --read-only --cap-drop=all --security-opt=no-new-privileges --memory=512m --memory-swap=512m \
#     --ulimit core=0 --pids-limit=64 --log-driver=none --tmpfs /tmp:size=16m,noexec --volume utvag-state:/var/lib/utvag \
#     --env-file portal.env --publish 127.0.0.1:8801:8801 utvag-portal
ARG BASE=debian:bookworm-slim
FROM ${BASE}
ARG SUM
COPY dist/utvag-portal_0.1.0_amd64.deb /tmp/utvag.deb
RUN echo "${SUM}  /tmp/utvag.deb" | sha256sum --check --strict \
 && apt-get update \
 && apt-get install --yes --no-install-recommends /tmp/utvag.deb \
 && apt-get clean \
 && rm -rf /tmp/utvag.deb /var/lib/apt/lists /var/cache/apt /var/log /root/.bash_history \
 && install -d -m 0700 -o utvag-portal -g utvag-portal /var/lib/utvag/portal
USER utvag-portal
WORKDIR /usr/lib/utvag
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONSAFEPATH=1 LANG=C.UTF-8
VOLUME /var/lib/utvag
EXPOSE 8801
STOPSIGNAL SIGTERM
CMD ["/usr/lib/utvag/bin/granian", "--interface", "wsgi", "--http", "1", "--host", "0.0.0.0", "--port", "8801", "--workers", "1", "--blocking-threads", "1", "--backlog", "256", "--backpressure", "64", "--no-ws", "--no-log", "--factory", "command.serve:portal_application"]
