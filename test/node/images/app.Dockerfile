# The container beside the sidecar: the sidecar's Node with a program that asks for features, and the `sleep` that the manifest's preStop
# hook runs.
FROM localhost/node-test-base AS base
FROM localhost/feast-sidecar:node-test
COPY --from=base /bin/sleep /bin/sleep
COPY *.ts /app/
USER 65534:65534
ENTRYPOINT ["/usr/local/bin/node", "/app/app.ts"]
