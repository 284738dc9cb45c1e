# The coordinators' app in a container, on the inner network, behind nginx (deploy/nginx/utvag-staff.conf).
# Name the base by its digest, which whoever builds looks up and pins: --build-arg BASE=debian@sha256:…
# It holds unlocked keys in memory: no swap, no core, nobody else's container beside it. Run it so:
#   podman run --read-only --cap-drop=all --security-opt=no-new-privileges --memory=2g --memory-swap=2g \
#     --ulimit core=0 --pids-limit=128 --log-driver=none --tmpfs /tmp:size=64m,noexec --volume utvag-staff:/var/lib/utvag \
#     --volume /srv/utvag-pepper:/srv/utvag-pepper:ro --env-file staff.env --publish 127.0.0.1:8832:8832 utvag-staff
ARG BASE=debian:bookworm-slim
FROM ${BASE}
ARG SUM
COPY dist/utvag-staff_0.1.0_amd64.deb /tmp/utvag.deb
RUN echo "${SUM}  /tmp/utvag.deb" | sha256sum --check --strict \
 && apt-get update \
 && apt-get install --yes --no-install-recommends /tmp/utvag.deb \
 && apt-get clean \
 && rm -rf /tmp/utvag.deb /var/lib/apt/lists /var/cache/apt /var/log /root/.bash_history \
 && install -d -m 0700 -o utvag-staff -g utvag-staff /var/lib/utvag/staff
USER utvag-staff
WORKDIR /usr/lib/utvag
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONSAFEPATH=1 LANG=C.UTF-8
ENV UTVAG_STAFF_HOST=0.0.0.0
VOLUME /var/lib/utvag
EXPOSE 8832
STOPSIGNAL SIGTERM
CMD ["/usr/lib/utvag/bin/utvag", "staff", "serve"]
