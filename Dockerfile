# syntax=docker/dockerfile:1
# pullring as an image: one bundled file on Node, nothing else of ours. Both bases can be replaced by build arguments; a
# release pins them by digest with those.
ARG BUILD_IMAGE=docker.io/library/node:24-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot

# The bundle is the same on every architecture, so it is built once, on the builder's own.
FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS build
WORKDIR /build
# Dependencies change less often than sources.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY build.mjs tsconfig.json ./
COPY src ./src
RUN npm run build

FROM ${RUNTIME_IMAGE}
ARG VERSION=unknown
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="pullring" \
      org.opencontainers.image.description="Adds the imagePullSecrets a workload needs, decided exactly as the kubelet decides" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
# The bundle, its source map for readable stack traces, and the licences of what is in it. Copied before there is a working
# directory, which some builders give to the user of the base.
COPY --from=build /build/dist/ /app/
COPY LICENSE /app/
WORKDIR /app
# By number, so that the kubelet can check runAsNonRoot. Nothing here is written to, or owned by, this user.
USER 65532:65532
EXPOSE 8443 8080
# Half of the container's memory limit for V8's old space: by itself Node takes 256 MiB under any limit up to 512 MiB, and the
# kernel would kill it before it collects. The rest is for the program, young objects and buffers (about 65 MiB). Young objects get
# little room: with Node's own 16 MiB, costly reviews one after the other took the process beyond the limit (314 MiB of 256).
ENTRYPOINT ["/nodejs/bin/node", "--max-old-space-size-percentage=50", "--max-semi-space-size=4", "--enable-source-maps", "/app/pullring.cjs"]
CMD ["serve"]
