# What holds a pod's network namespace (test/node/programs/pause).
FROM scratch
COPY pause /pause
USER 65535:65535
ENTRYPOINT ["/pause"]
