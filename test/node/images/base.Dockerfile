# The BASE that deploy/Dockerfile is built in here, where no registry of images is asked: a small Debian, the pinned Node, and npm.
FROM scratch
COPY rootfs /
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
# npm asks the registry that the machine's own asks, and trusts what that trusts.
COPY npmrc /usr/local/etc/npmrc
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
RUN ["/bin/ln", "-s", "../lib/node_modules/npm/bin/npm-cli.js", "/usr/local/bin/npm"]
