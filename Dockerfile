# docker build -t wshd .
# docker run --rm -p 9998:9998 -v "$PWD/scripts:/handlers:ro" wshd

FROM golang:1.26 AS build
WORKDIR /src
# Where modules come from: docker build --build-arg GOPROXY=https://goproxy.cn,direct -t wshd .
ARG GOPROXY
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# timetzdata: the last stage has no time zones of its own.
RUN CGO_ENABLED=0 go build -trimpath -tags timetzdata -ldflags "-s -w" -o image/wshd ./cmd/wshd
# An empty handler root, so that wshd starts before anything is mounted, and a place for temporary files.
# What rooms keep goes to /data, with -v wshd:/data -e WSHD_ROOMS_STORE=/data/rooms.
RUN mkdir image/handlers && mkdir -m 1777 image/tmp image/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/image/ /
# Listening on all addresses is the container's job; which of its ports are reachable is docker's.
# "docker stop" kills after 10 seconds, so going down takes 8.
ENV WSHD_LISTEN=:9998 WSHD_HANDLERS=/handlers WSHD_DRAIN=8s
EXPOSE 9998
# No name: there is no /etc/passwd.
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s CMD ["/wshd", "healthcheck"]
ENTRYPOINT ["/wshd"]
