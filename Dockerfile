# A static binary in an empty image, run by a user without rights.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /postern ./cmd/postern && mkdir -p /rootfs/data && chmod 700 /rootfs/data

FROM scratch
COPY --from=build /postern /postern
COPY --from=build --chown=65532:65532 /rootfs/data /data
USER 65532:65532
VOLUME /data
EXPOSE 8080 8081
# The admin API listens inside the container only unless it is told otherwise.
ENTRYPOINT ["/postern"]
CMD ["serve", "--data", "/data", "--listen", "0.0.0.0:8080", "--admin", "127.0.0.1:8081"]
