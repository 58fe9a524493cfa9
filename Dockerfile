# syntax=docker/dockerfile:1

FROM rust:1.95-bookworm AS builder
# Writes into the binary what it is made of: `cargo audit bin`, Trivy, Grype and Syft read it.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    cargo install --locked --version 0.7.7 cargo-auditable
WORKDIR /build
COPY . .
# The caches are mounts, so the binary is copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/build/target,sharing=locked \
    cargo auditable build --release --locked --bin valet \
    && install -D target/release/valet /out/valet \
    && install -d -o 65532 -g 65532 /out/data

# glibc, certificates and nothing else: no shell, no package manager.
FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="Valet" \
      org.opencontainers.image.description="A Slack bot that works inside each person's own accounts" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=builder /out/valet /valet
COPY --from=builder --chown=65532:65532 /out/data /data
ENV VALET_DATA_DIR=/data \
    VALET_LISTEN=0.0.0.0:3000
# By number, so that an orchestrator can see that it is not root.
USER 65532:65532
# The only place that is written to: the root can be read-only.
VOLUME ["/data"]
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["/valet", "healthcheck"]
ENTRYPOINT ["/valet"]
CMD ["serve"]
